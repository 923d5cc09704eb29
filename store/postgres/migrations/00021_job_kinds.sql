-- +goose Up
-- Lists of jobs show some kinds; of another one, letters say, there may be a hundred
-- thousand between two of them.
CREATE INDEX job_kind ON job (tenant, kind, id);
