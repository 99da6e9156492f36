-- Why raw files could not be used, or only in part.
-- Grain: one reason at one stage. Key: stage, reason.
-- Columns:
--   stage: Stage that refused the files.
--   reason: Reason code.
--   definition: What the reason means.
--   files: Files.
--   example_path: The first of them by path.
--   example_detail: What was found there and what to do.
SELECT
    r.stage,
    r.reason,
    any_value(l.definition) AS definition,
    count(DISTINCT r.path) AS files,
    min(r.path) AS example_path,
    arg_min(r.detail, r.path) AS example_detail
FROM rejects r
JOIN reject_reason_labels l ON l.code = r.reason
GROUP BY r.stage, r.reason
