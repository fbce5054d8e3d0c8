"""What n seeds say: tests, intervals, corrections, ranks. Functions of numbers, which know no store."""
