-- Holds the number until the migration that has it is merged; then this file goes.
SELECT 1;
