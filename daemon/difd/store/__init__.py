"""What difd keeps on disk for itself. Nothing here touches a user's pictures."""
