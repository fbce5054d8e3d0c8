"""Where the variance of results comes from: runs in which one source of chance varies and the others are fixed."""
