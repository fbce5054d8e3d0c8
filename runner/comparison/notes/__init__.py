"""What a reader of a table has to be told: by what its results were made, how they were tuned, which never learnt."""
