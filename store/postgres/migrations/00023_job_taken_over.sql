-- +goose Up
-- That a server stopped is no failure of the job which another one goes on with: when
-- that was is told instead of a reason.
ALTER TABLE job ADD COLUMN taken_over timestamptz;
