/* The shift: what the next one should know of the last hours. What fails and since when, what has
 * recovered, what waits for whom, what was released to which environment and by whom, what was done
 * by hand, which freezes are in force, what is stale. From the cache, the audit and the config. */
#ifndef PENSTOCK_VIEWS_SHIFT_H
#define PENSTOCK_VIEWS_SHIFT_H

#include "core/views/figures.h"
#include "core/views/scope.h"

/*       constant    JSON         heading */
#define SHIFT_LIST(X)                                                                              \
    X(FAILING, "failing", "Failing now")                                                           \
    X(RECOVERED, "recovered", "Failed and recovered")                                              \
    X(WAITING, "waiting", "Waits for a person")                                                    \
    X(RELEASED, "released", "Released")                                                            \
    X(BY_HAND, "by_hand", "Done by hand")                                                          \
    X(FREEZES, "freezes", "Freezes in force")                                                      \
    X(STALE, "stale", "Stale")
#define SHIFT_ENUM(name, json, heading) SHIFT_##name,
enum shift_section { SHIFT_LIST(SHIFT_ENUM) SHIFT_COUNT };
#undef SHIFT_ENUM

struct shift_item {
    int64_t at;        /* of a FREEZE its end; 0 = not known */
    struct sv subject; /* a pipeline, a freeze, a context */
    struct sv partition;
    struct sv account;
    struct sv region;
    struct sv environment;
    struct sv who;
    struct sv text;
    struct shift_item *next;
};
struct shift_part {
    struct shift_item *items; /* the latest first, as far as there is an order */
    struct shift_item *last;
    size_t count; /* all of them; items holds SHIFT_ITEMS_MAX at most, releases more */
};
/* What went from one pipeline to one environment. */
struct shift_group {
    const struct shift_item *latest;
    size_t count;
};
enum {
    SHIFT_ITEMS_MAX = 200,
    SHIFT_RELEASES_MAX = 20000,
    SHIFT_PIPELINES_MAX = 200,
    SHIFT_GROUPS_SHOWN = 20 /* as text; JSON has all, and each release */
};

struct shift {
    struct arena arena;
    int64_t since_ms;
    int64_t now_ms;
    size_t pipelines;
    size_t changed;
    bool has_more;      /* of the changes more than were looked at */
    bool is_incomplete; /* set by who loaded it: a context could not be read */
    struct shift_part parts[SHIFT_COUNT];
    struct shift_group *groups; /* of the releases, the latest first */
    size_t group_count;
    struct figures *figures; /* of the pipelines that changed; with has_figures */
    size_t figure_count;
};

struct shift_ask {
    struct cache *cache;
    const struct scope *scope; /* NULL: all */
    const struct aws_env *env; /* whose config has the freezes */
    const char *audit_dir;     /* NULL: the user's own */
    int64_t since_ms;
    int64_t now_ms;
    bool has_figures;
    int64_t figures_since_ms;
};
enum err_code shift_load(const struct shift_ask *ask, struct shift *out,
                         struct err *err) MUST_CHECK;
void shift_release(struct shift *shift); /* a zeroed one is fine */

enum err_code shift_text(const struct shift *shift, struct sb *out, struct err *err) MUST_CHECK;
/* {"schema":1,"since",...,"failing":[...],...,"release_groups":[...],"delivery":[...]} */
enum err_code shift_json(const struct shift *shift, struct sb *out, struct err *err) MUST_CHECK;

#endif
