/* What an execution carried: the revision of each source, the commits and files that are new in it
 * since another execution, its variables. A document of the cache, written by execution_read. */
#ifndef PENSTOCK_OPERATE_CARRIED_H
#define PENSTOCK_OPERATE_CARRIED_H

#include "core/cache/cache.h"
#include "core/model/commit.h"
#include "core/operate/operate.h"

enum {
    CARRIED_COMMITS_MAX = 50,
    CARRIED_FILES_MAX = 500,
    CARRIED_SOURCES_MAX = 20,
    CARRIED_WALKS_MAX = 4 /* sources whose commits and files are read */
};

struct carried_source {
    struct sv action;
    struct sv provider;
    struct sv repository;
    struct sv branch;
    struct sv revision;
    struct sv summary;
    struct sv url;
    struct sv before;             /* what the other execution had; "" = nothing to compare with */
    const struct commit *commits; /* new since then, the latest first */
    size_t commit_count;
    bool commits_cut; /* there are more */
    size_t taken;     /* commits that the other execution had, and this one takes back */
    bool taken_cut;
    size_t again; /* of the new commits: those that were there once, and were rolled back */
    const struct file_change *files;
    size_t file_count;
    bool files_cut;
    bool is_walked; /* commits and files were read; else they are not known */
    struct sv note; /* why they could not be */
};

struct carried {
    struct sv execution_id;
    struct sv before_id; /* the execution it is compared with; "" = none has succeeded before */
    struct sv seen;      /* of one read for a stage: what the stage was then; see released.h */
    struct sv trigger;
    struct sv trigger_detail;
    const struct name_value *variables;
    size_t variable_count;
    const struct carried_source *sources;
    size_t source_count;
};

/* The document of an execution against the one that succeeded before it (other ""), against another
 * one, or against what a stage runs (other "to STAGE"). ERR_LIMIT when the key's sb is too small.
 */
enum err_code carried_key(struct sv pipeline, struct sv execution_id, struct sv other,
                          struct sb *out, struct err *err) MUST_CHECK;

enum err_code carried_write(const struct carried *carried, struct sb *out,
                            struct err *err) MUST_CHECK;
/* Text and arrays in the arena; what is over the caps is left out. */
enum err_code carried_parse(struct sv json, struct arena *arena, struct carried *out,
                            struct err *err) MUST_CHECK;

/* No source says that it could not be read. */
bool carried_is_whole(const struct carried *carried);
/* ...or that was found so a moment ago: it need not be read again yet. */
bool carried_is_fresh(const struct carried *carried, int64_t read_at, int64_t now_ms);

/* Makes the source what is known of it, when that was walked between the same two revisions. */
bool carried_recall(const struct carried *known, struct carried_source *source);

/* From the cache; ERR_NOT_FOUND when it was not read yet. */
enum err_code carried_get(struct cache *cache, const struct pipeline_id *id, struct sv execution_id,
                          struct sv other, struct arena *arena, struct carried *out,
                          int64_t *read_at, struct err *err) MUST_CHECK;

/* A commit as a document, and back. */
enum err_code commit_document_write(const struct commit *commit, struct sb *out,
                                    struct err *err) MUST_CHECK;
enum err_code commit_document_parse(struct sv json, struct arena *arena, struct commit *out,
                                    struct err *err) MUST_CHECK;

#endif
