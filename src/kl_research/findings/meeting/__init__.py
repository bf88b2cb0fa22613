"""The pack of a meeting: one content, as page, presentation and workbook."""
