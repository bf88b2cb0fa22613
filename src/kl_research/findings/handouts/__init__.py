"""What is handed out beside the pages: presentations, workbooks, a text for a mail."""
