/* The audit as it is shown: rows kept for a list, and one row in full. */
#ifndef PENSTOCK_VIEWS_AUDITS_H
#define PENSTOCK_VIEWS_AUDITS_H

#include "core/deploy/audit.h"
#include "core/model/status.h"

struct audit_list {
    struct arena arena;
    struct audit_row *rows; /* newest first */
    size_t count;
    bool has_more; /* older ones that the query's limit left out */
};
/* At most query->limit, which must be given. dir NULL: the user's own. */
enum err_code audit_list_load(const char *dir, const struct audit_query *query,
                              struct audit_list *out, struct err *err) MUST_CHECK;
void audit_list_release(struct audit_list *list); /* a zeroed one is fine */

/* The caller's user or session name, else the host's user. */
struct sv audit_who(const struct audit_row *row);
/* AWS's operation, else the action as a whole. */
struct sv audit_what(const struct audit_row *row);
/* Where it was done: the target, else what stands behind the action's word. */
struct sv audit_target(const struct audit_row *row);
/* How a list colours an outcome. */
enum status audit_status(const struct audit_row *row);
/* It was refused, failed or is unknown. */
bool audit_is_bad(const struct audit_row *row);

/* All of a row, a member per line, each cleaned. */
enum err_code audit_row_text(const struct audit_row *row, struct sb *out,
                             struct err *err) MUST_CHECK;
/* The rows of the operation that this one is a part of, newest first, itself included: from when it
 * was agreed to until the next one. Of those that stand near it. */
enum err_code audit_list_kin(const char *dir, const struct audit_row *row, struct audit_list *out,
                             struct err *err) MUST_CHECK;
/* A line for each, oldest first, as behind the row's own; nothing for one that stands alone. */
enum err_code audit_kin_text(const struct audit_list *kin, struct sb *out,
                             struct err *err) MUST_CHECK;
/* The same as JSON. */
enum err_code audit_row_json(const struct audit_row *row, struct sb *out,
                             struct err *err) MUST_CHECK;

#endif
