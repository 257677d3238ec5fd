#include "core/cache/cache.h"

static const struct {
    const char *title;
    const char *help;
} orders[] = {
#define ORDER(name, title, help) [SORT_##name] = {title, help},
    SORT_LIST(ORDER)
#undef ORDER
};

const char *order_title(enum sort sort)
{
    return orders[sort].title;
}

const char *order_help(enum sort sort)
{
    return orders[sort].help;
}

enum sort order_find(struct sv title)
{
    int i = 0;

    while (i < SORT_COUNT && !sv_eq_nocase(title, sv_of(orders[i].title)))
        i++;
    return (enum sort)i;
}
