/* Drafts: pipelines that somebody began to describe, kept on this host until they are made.
 *
 * A draft is a pipeline's file (core/model/definition.h) in $XDG_DATA_HOME/penstock/drafts, else
 * ~/.local/share/penstock/drafts, that `penstock create -f` would take as it is; what no file has
 * stands under its member "penstock". Whole or not at all: it is written beside and renamed. */
#ifndef PENSTOCK_ACTIONS_DRAFTS_H
#define PENSTOCK_ACTIONS_DRAFTS_H

#include "core/model/definition.h"

enum { DRAFTS_MAX = 200, DRAFT_NAME_MAX = 120 };

struct draft {
    struct definition definition;
    bool
        is_change; /* of a pipeline that is there already; kept apart from one that is to be made */
    struct sv template_dir; /* "" = the definition's starter */
    bool uses_existing_repository;
};

struct draft_row {
    struct sv name; /* as typed, maybe "" */
    bool is_change;
    int64_t saved_at; /* wall ms */
};

/* Newest first, at most DRAFTS_MAX; none when the directory is not there yet. */
enum err_code drafts_list(struct arena *arena, struct draft_row **out, size_t *count,
                          struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND when there is none. One that cannot be read is renamed to NAME.json.broken, which
 * the sentence tells, so that the next look does not meet it again. */
enum err_code draft_read(struct sv name, bool is_change, struct arena *arena, struct draft *out,
                         struct err *err) MUST_CHECK;
/* In the place of the one of that name. */
enum err_code draft_write(const struct draft *draft, struct err *err) MUST_CHECK;
enum err_code draft_remove(struct sv name, bool is_change,
                           struct err *err) MUST_CHECK; /* or none */

#endif
