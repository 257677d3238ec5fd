#include "screens/list.h"

enum { NEIGHBOURS = 8 };

static void place(struct list *l, const struct list_source *source, const struct list_page *page,
                  int line)
{
    source->keep(source->owner);
    l->ids = page->ids;
    l->table.has_before = page->has_before;
    l->table.has_after = page->has_after;
    table_place(&l->table, page->ids, page->count, page->index, line);
    l->is_at_top = l->table.top == 0 && !l->table.has_before;
}

static enum err_code load_edge(struct list *l, const struct list_source *source,
                               enum list_from from, struct err *err)
{
    struct list_page page = {.index = -1};
    enum err_code rc = source->read(source->owner, from, 0, &page, err);

    /* A filter's matches may be too far from the end to be seen from there. */
    if (rc == ERR_OK && from == LIST_END && page.count == 0 && page.has_before) {
        rc = source->read(source->owner, LIST_START, 0, &page, err);
        page.index = page.count - 1;
    }
    if (rc == ERR_OK)
        place(l, source, &page, from == LIST_START ? 0 : l->table.lines - 1);
    return rc;
}

/* The cursor's row first, then those that were its neighbours when it is gone: behind it, before
 * it, further away. */
static int64_t candidate(const struct list *l, int attempt)
{
    int distance = (attempt + 1) / 2;
    int at = attempt % 2 == 1 ? l->table.index + distance : l->table.index - distance;

    return at >= 0 && at < l->table.count ? l->ids[at] : 0;
}

static enum err_code load_around(struct list *l, const struct list_source *source,
                                 bool filter_changed, bool *is_found, struct err *err)
{
    /* A filter that lets the cursor's row through keeps it; else its first match is wanted. */
    int attempts = filter_changed ? 1 : 2 * NEIGHBOURS;
    int line = table_line(&l->table);

    for (int i = 0; i < attempts && !*is_found; i++) {
        int64_t id = candidate(l, i);
        struct list_page page = {.index = -1};
        enum err_code rc =
            id == 0 ? ERR_OK : source->read(source->owner, LIST_AROUND, id, &page, err);

        if (rc)
            return rc;
        *is_found = page.index >= 0;
        if (*is_found)
            place(l, source, &page, line);
    }
    return ERR_OK;
}

static int find(const struct list_page *page, int64_t id)
{
    for (int i = 0; i < page->count; i++) {
        if (page->ids[i] == id)
            return i;
    }
    return -1;
}

/* Who looks at the list's start keeps looking at it, so that new trouble is seen; the cursor moves
 * down with its row. When its row has left the first page, the page follows the row. */
static enum err_code load_top(struct list *l, const struct list_source *source, bool filter_changed,
                              struct err *err)
{
    struct list_page page = {.index = -1};
    enum err_code rc = source->read(source->owner, LIST_START, 0, &page, err);
    bool is_found;

    if (rc)
        return rc;
    page.index = find(&page, l->table.cursor);
    is_found = page.index >= 0 && page.index < l->table.lines;
    if (!is_found)
        rc = load_around(l, source, filter_changed, &is_found, err);
    else
        place(l, source, &page, page.index);
    if (rc == ERR_OK && !is_found) {
        page.index = 0;
        place(l, source, &page, 0);
    }
    return rc;
}

static enum err_code load_rows(struct list *l, const struct list_source *source, bool is_filling,
                               bool filter_changed, struct err *err)
{
    bool is_found = false;
    enum err_code rc;

    /* Nobody has aimed at a row yet: the first one is the one that needs a person most. */
    if (is_filling && !l->is_placed && l->from == LIST_AROUND)
        return load_edge(l, source, LIST_START, err);
    if (l->from != LIST_AROUND || l->table.cursor == 0)
        return load_edge(l, source, l->from == LIST_END ? LIST_END : LIST_START, err);
    if (l->is_at_top)
        return load_top(l, source, filter_changed, err);
    rc = load_around(l, source, filter_changed, &is_found, err);
    if (rc == ERR_OK && !is_found)
        rc = load_edge(l, source, LIST_START, err);
    return rc;
}

enum err_code list_load(struct list *l, const struct list_source *source,
                        const struct screen_input *input, int lines, struct err *err)
{
    /* Also for the load that brings the last of them. */
    bool is_filling = l->source == SCREEN_LOADING || input->source == SCREEN_LOADING;
    enum err_code rc;

    l->table.lines = lines > 1 ? lines : 1;
    l->source = input->source;
    rc = load_rows(l, source, is_filling, input->filter_changed, err);
    if (rc == ERR_OK)
        l->from = LIST_AROUND;
    return rc;
}

unsigned list_move(struct list *l, enum command command)
{
    enum table_move move = table_move(&l->table, l->ids, command);

    l->is_at_top = l->table.top == 0 && !l->table.has_before;
    l->is_placed = true;
    switch (move) {
    case TABLE_STILL:
        return REACT_NONE;
    case TABLE_MOVED:
        return REACT_DRAW;
    case TABLE_AROUND:
        return REACT_DRAW | REACT_MORE;
    case TABLE_FIRST:
        l->from = LIST_START;
        return REACT_DRAW | REACT_LOAD;
    case TABLE_LAST:
        l->from = LIST_END;
        return REACT_DRAW | REACT_LOAD;
    }
    return REACT_NONE;
}

unsigned list_restart(struct list *l)
{
    l->from = LIST_START;
    return REACT_DRAW | REACT_LOAD;
}

bool list_select(struct list *l, int index)
{
    if (index < 0 || index >= l->table.count)
        return false;
    table_place(&l->table, l->ids, l->table.count, index, index - l->table.top);
    l->is_placed = true;
    return true;
}

const char *list_empty_text(const struct list *l, bool is_filtered)
{
    static const char *const sentences[] = {
        [SCREEN_SYNCED] = "There is no pipeline here yet.",
        [SCREEN_LOADING] = "Asking AWS for the pipelines...",
        [SCREEN_CACHED] = "Nothing is cached yet: run penstock without --cached.",
        [SCREEN_FAILED] = "AWS could not be asked yet: see the line below. It is tried again.",
    };

    if (l->table.has_before || l->table.has_after)
        return "Nothing among the first 10000 matches; a plain word is looked for among all.";
    return is_filtered ? "Nothing matches the filter: Esc clears it." : sentences[l->source];
}

void list_draw_empty(const struct list *l, bool is_filtered, struct canvas *c, struct rect area)
{
    table_draw_sentence(c, area, sv_of(list_empty_text(l, is_filtered)));
}

unsigned order_ask(struct sv title, struct answer *out)
{
    if (title.len == 0)
        return REACT_SORT;
    answer_say(out, STYLE_ATTENTION, "there is no order " SV_FMT "; s shows them", SV_ARG(title));
    return out->react;
}
