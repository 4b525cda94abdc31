"""What goes in and out of a profile as files: conversations from elsewhere, exports, backups. No engine and no window."""
