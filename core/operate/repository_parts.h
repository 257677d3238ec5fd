/* What the readings of repositories share among themselves. */
#ifndef PENSTOCK_OPERATE_REPOSITORY_PARTS_H
#define PENSTOCK_OPERATE_REPOSITORY_PARTS_H

#include "core/deploy/ask.h"
#include "core/operate/repository_page.h"

struct jw;
void repository_put_commit(struct jw *w, const struct commit *c); /* into an open object */
enum err_code repository_put(const struct deploy *deploy, enum document_kind kind,
                             const struct operand *what, struct sv json,
                             struct err *err) MUST_CHECK;

/* One reading at a repository: reached, with an arena of its own. */
struct repository_look {
    struct asker asker;
    struct operand own; /* with the pipeline's own repository where none was said */
    const struct operand *what;
    struct arena arena;
};
/* End it in every case. A pipeline without a CodeCommit source has nothing to be read: then what is
 * NULL. */
enum err_code repository_begin(struct repository_look *l, struct task *task, struct deploy *deploy,
                               const struct operand *what, struct err *err) MUST_CHECK;
void repository_end(struct repository_look *l);
/* The commit that a branch stands at; a commit's id is itself. In the arena. */
enum err_code repository_resolve(struct repository_look *l, struct sv branch_or_commit,
                                 struct sv *out, struct err *err) MUST_CHECK;
/* Forty hexadecimal digits. */
bool commit_id_fits(struct sv text);

#endif
