"""Where resources come from: files and folders."""
