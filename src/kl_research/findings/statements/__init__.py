"""What is true of an area, made once: pages, packs, slides, sheets and files only phrase it."""
