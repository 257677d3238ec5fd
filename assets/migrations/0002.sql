-- The pieces are cut another way and told apart by name and other fields. What was indexed is
-- dropped; without its hash each definition is read again, which makes its text and pieces anew.
DELETE FROM pipeline_text;
DROP TABLE piece;
CREATE VIRTUAL TABLE piece USING fts5(
    grams, content='', columnsize=0, detail=none, tokenize='ascii'
);
UPDATE pipeline SET def_hash=0;
-- So many bytes are sorted in memory before they are written: it spares a long transaction most of
-- the merging, and a short one never has so many.
INSERT INTO piece(piece, rank) VALUES('hashsize', 4194304);
