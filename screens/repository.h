/* What the screens of a repository have in common: where it is, and how one leads to another. */
#ifndef PENSTOCK_SCREENS_REPOSITORY_H
#define PENSTOCK_SCREENS_REPOSITORY_H

#include "core/operate/repository_page.h"
#include "tui/screen.h"

/* The target of another page of the same repository; commit: a branch or a commit. */
void repository_target(const struct target *from, struct sv repository, struct sv commit,
                       struct sv path, struct target *out);

#endif
