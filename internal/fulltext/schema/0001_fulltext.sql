-- SQLite keeps the words of items in a file of its own.
SELECT 1;
