/* A shift's releases: each on its own is a log; what a person takes over is where how many went,
 * and what was the last. */
#include <stdlib.h>

#include "core/views/shift_parts.h"

/* The latest first; of equal times by name. */
static int by_time(const struct shift_item *x, const struct shift_item *y)
{
    int order;

    if (x->at != y->at)
        return x->at > y->at ? -1 : 1;
    order = sv_cmp(x->subject, y->subject);
    return order != 0 ? order : sv_cmp(x->environment, y->environment);
}

static int items_by_time(const void *a, const void *b)
{
    return by_time(*(struct shift_item *const *)a, *(struct shift_item *const *)b);
}

static int groups_by_time(const void *a, const void *b)
{
    return by_time(((const struct shift_group *)a)->latest,
                   ((const struct shift_group *)b)->latest);
}

static bool is_same_pipeline(const struct shift_item *a, const struct shift_item *b)
{
    return sv_eq(a->subject, b->subject) && sv_eq(a->account, b->account) &&
           sv_eq(a->region, b->region);
}

/* first: that of the item's pipeline. */
static void count_in(struct shift *shift, size_t first, const struct shift_item *item)
{
    struct shift_group *group;

    for (size_t i = first; i < shift->group_count; i++) {
        group = &shift->groups[i];
        if (!sv_eq(group->latest->environment, item->environment))
            continue;
        group->count++;
        if (item->at > group->latest->at)
            group->latest = item;
        return;
    }
    shift->groups[shift->group_count++] = (struct shift_group){.latest = item, .count = 1};
}

enum err_code shift_group_releases(struct shift *shift, struct err *err)
{
    struct shift_part *part = &shift->parts[SHIFT_RELEASED];
    struct shift_item **sorted;
    size_t count = 0;
    size_t first = 0;

    for (struct shift_item *item = part->items; item != NULL; item = item->next)
        count++;
    sorted = arena_alloc(&shift->arena, count + 1, sizeof(*sorted));
    shift->groups = arena_alloc(&shift->arena, count + 1, sizeof(*shift->groups));
    if (sorted == NULL || shift->groups == NULL)
        return arena_err(&shift->arena, err);
    count = 0;
    for (struct shift_item *item = part->items; item != NULL; item = item->next) {
        if (count > 0 && !is_same_pipeline(sorted[count - 1], item))
            first = shift->group_count;
        count_in(shift, first, item);
        sorted[count++] = item;
    }
    qsort(sorted, count, sizeof(*sorted), items_by_time);
    qsort(shift->groups, shift->group_count, sizeof(*shift->groups), groups_by_time);
    for (size_t i = 0; i < count; i++)
        sorted[i]->next = i + 1 < count ? sorted[i + 1] : NULL;
    part->items = count > 0 ? sorted[0] : NULL;
    part->last = count > 0 ? sorted[count - 1] : NULL;
    return ERR_OK;
}
