/* Commits: who changed what, as CodeCommit tells it and as documents keep it. Plain data; the texts
 * are borrowed, mostly from an arena. */
#ifndef PENSTOCK_MODEL_COMMIT_H
#define PENSTOCK_MODEL_COMMIT_H

#include "core/base/text.h"

struct commit {
    struct sv id;
    struct sv author; /* the name; may be empty */
    struct sv email;
    struct sv message;
    int64_t at; /* the author's date in ms; 0 = not known */
    const struct sv *parents;
    size_t parent_count;
};

/* The first line of its message. */
struct sv commit_title(const struct commit *commit);

struct file_change {
    char sign; /* 'A' added, 'M' changed, 'D' deleted; '?' for what is none of them */
    struct sv path;
};

/* How many of the commits are not `base` and not among its ancestors, so far as these commits' own
 * parents tell; -1 when base is not among them. They are copied to out, unless that is NULL. */
int commits_since(const struct commit *commits, size_t count, struct sv base, struct commit *out);

#endif
