/* Home in words: printed, copied, and what stands where there are no rows. */
#include "core/base/time.h"
#include "screens/copying.h"
#include "screens/home.h"

struct view_look home_look(const struct home *h, const struct view_look *look)
{
    struct view_look out = *look;

    if (h->at_ms != 0)
        out.now_ms = h->at_ms;
    return out;
}

const char *home_empty_text(const struct home *h)
{
    if (h->only_problems && !h->is_filtered && !h->board.is_cut && h->list.source == SCREEN_SYNCED)
        return "Nothing needs a person: z shows everything.";
    return list_empty_text(&h->list, h->is_filtered);
}

void home_banner(const struct home *h, const struct view_look *look, char *out, size_t size)
{
    char at[AGE_SIZE];
    char ago[TIME_AGE_SIZE];
    const char *step_text = ", . step";

    if (h->begins == 0)
        step_text = "no change recorded";
    else if (h->is_beginning)
        step_text = "the first recorded";
    else if (h->has_no_step)
        step_text = "no change beyond";
    snprintf(out, size, "as of %s, back %s: %s, Esc now", age_moment(h->at_ms, look, at),
             time_age(h->at_ms, look->now_ms, ago), step_text);
}

enum err_code home_print(const void *state, const struct view_look *look, struct sb *out,
                         struct err *err)
{
    const struct home *h = state;
    struct view_look ages = home_look(h, look);
    char banner[96];
    enum err_code rc = ERR_OK;

    if (h->at_ms != 0) {
        home_banner(h, look, banner, sizeof banner);
        rc = sb_addf(out, err, "%s\n", banner);
    }
    for (int i = 0; rc == ERR_OK && i < h->board.count; i++)
        rc = matrix_print(&h->board.rows[i], i + 1, &ages, out, err);
    if (rc == ERR_OK && h->board.count == 0)
        rc = sb_addf(out, err, "%s\n", home_empty_text(h));
    return rc;
}

enum err_code home_copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct home *h = state;
    struct pipeline_row row;

    if (!home_pipeline(h, &row))
        return err_set(err, ERR_NOT_FOUND, "there is no pipeline under the cursor");
    if (what == COPY_NAME && home_cell(h) == NULL)
        return sb_add(out, row.logical, err);
    return copy_of_row(&row, what, out, err);
}
