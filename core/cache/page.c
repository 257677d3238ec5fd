/* Pages of the pipelines table.
 *
 * Every order is an index, and a page starts behind a row's own keys, never by counting rows off.
 * A filter first walks that index testing texts, which finds common needles at once; when the walk
 * is long the needle is rare, or far away in this order. Then the pieces of find.c say where it can
 * be: few rows are sorted, many become a set that the walk goes on with. Names are told apart from
 * the other fields: a needle that many names have is looked for in the names that the order's index
 * holds, without fetching texts. */
#include "core/base/mem.h"
#include "core/cache/store.h"

enum {
    WALK_FIRST = 300, /* rows whose text is tested before the index of pieces is asked */
    WALK_MORE = 2000, /* and so many at least, when those show that the needle is no rare one */
    WALK_SHARE = 150, /* or one in so many, as asking the index costs more the more there are */
    SET_ROWS = 12000, /* of more candidates it is not worth to make a set */
    NAME_SHARE = 50,  /* likewise of one name in so many, as names are walked faster */
    SORT_COST = 6,    /* of fetching and sorting a row, in steps along an index */
    SQL_CAP = 1024,
    NAME_CAP = 4 * 1024 * 1024,
    SLOTS_FIRST = STATEMENT_COUNT
};

/* The name behind a first key tells equals apart, so that a page can be sought among them. */
static const struct {
    const char *keys;
    bool is_falling;
} orders[] = {
    [SORT_ATTENTION] = {"attention,name", false},
    [SORT_NAME] = {"logical,name", false},
    [SORT_CHANGED] = {"changed_at,name", true},
    [SORT_STATUS] = {"status_order,name", false},
};
_Static_assert(ARRAY_LEN(orders) == SORT_COUNT, "one line for each order");

enum shape {
    SHAPE_ROWS,   /* whole rows */
    SHAPE_IDS,    /* ids, from the index alone */
    SHAPE_NAMES,  /* ids and names, likewise */
    SHAPE_TEXTS,  /* ids and searched texts */
    SHAPE_CHOSEN, /* ids of those in a list, in order */
    SHAPE_COUNT
};
_Static_assert(STATEMENT_COUNT + SHAPE_COUNT * SORT_COUNT * 4 <= DB_SLOTS_MAX, "slots for pages");

static const char *const selects[] = {
    [SHAPE_ROWS] = "SELECT " SQL_ROW " FROM pipeline",
    [SHAPE_IDS] = "SELECT id FROM pipeline",
    [SHAPE_NAMES] = "SELECT id,name FROM pipeline",
    [SHAPE_TEXTS] = "SELECT pipeline.id,(SELECT folded FROM pipeline_text t"
                    " WHERE t.id=pipeline.id) FROM pipeline",
    [SHAPE_CHOSEN] = "SELECT pipeline.id FROM (SELECT value FROM json_each(?3)) j"
                     " CROSS JOIN pipeline ON pipeline.id=j.value",
};

static enum err_code make_sql(struct sb *out, enum shape shape, enum sort sort, bool is_falling,
                              bool has_start, struct err *err)
{
    const char *way = is_falling ? " DESC" : "";
    struct sv second;
    struct sv first = sv_cut(sv_of(orders[sort].keys), ',', &second);
    enum err_code rc = sb_add(out, sv_of(selects[shape]), err);

    /* The plus takes a column's affinity, without which SQLite would seek by the first key only and
     * then pass all its equals. */
    if (rc == ERR_OK && has_start)
        rc = sb_addf(out, err,
                     " WHERE (" SV_FMT "," SV_FMT ",id)%c(SELECT +" SV_FMT ",+" SV_FMT ",+id"
                     " FROM pipeline WHERE id=?1)",
                     SV_ARG(first), SV_ARG(second), is_falling ? '<' : '>', SV_ARG(first),
                     SV_ARG(second));
    if (rc)
        return rc;
    return sb_addf(out, err, " ORDER BY " SV_FMT "%s," SV_FMT "%s,id%s LIMIT ?2", SV_ARG(first),
                   way, SV_ARG(second), way, way);
}

struct page {
    struct cache *cache;
    const struct pipeline_query *query;
    struct sv needle; /* folded */
    int64_t start;    /* the row behind which it starts; 0 for none */
    size_t wanted;
    bool is_falling;
    struct id_list found; /* in the order of the walk */
};

static enum err_code prepare(struct page *p, enum shape shape, int64_t start, int64_t limit,
                             struct db_stmt **out, struct err *err)
{
    CLEANUP(sb_release) struct sb sql;
    enum sort sort = p->query->sort;
    int slot = SLOTS_FIRST + (((int)shape * SORT_COUNT + (int)sort) * 2 + p->is_falling) * 2 +
               (start != 0);
    enum err_code rc;

    sb_init(&sql, SQL_CAP);
    if (p->cache->db == NULL)
        return err_set(err, ERR_CACHE, "the cache could not be opened again; restart penstock");
    rc = make_sql(&sql, shape, sort, p->is_falling, start != 0, err);
    if (rc == ERR_OK)
        rc = db_use(p->cache->db, slot, sb_cstr(&sql), out, err);
    if (rc)
        return rc;
    if (start != 0)
        db_bind_int(*out, 1, start);
    db_bind_int(*out, 2, limit);
    return ERR_OK;
}

void page_row_read(struct db_stmt *st, struct pipeline_row *out)
{
    *out = (struct pipeline_row){.rowid = db_int(st, 0),
                                 .id = {db_sv(st, 1), db_sv(st, 2), db_sv(st, 3), db_sv(st, 4)},
                                 .logical = db_sv(st, 5),
                                 .environment = db_sv(st, 6),
                                 .strategy = strategy_from_name(db_sv(st, 7)),
                                 .mode = pipeline_mode_from_aws(db_sv(st, 8)),
                                 .status = status_from_aws(db_sv(st, 9)),
                                 .execution_id = db_sv(st, 10),
                                 .started_at = db_int(st, 11),
                                 .changed_at = db_int(st, 12),
                                 .revision = db_sv(st, 13),
                                 .revision_summary = db_sv(st, 14),
                                 .trigger = db_sv(st, 15),
                                 .stages = db_sv(st, 16),
                                 .cells = db_sv(st, 17),
                                 .waiting = db_sv(st, 18),
                                 .error = db_sv(st, 19),
                                 .trouble = db_sv(st, 20),
                                 .observed_at = db_int(st, 21)};
}

/* No filter, forward: straight from the index to the caller. */
static enum err_code stream(struct page *p, cache_row_fn *row, void *owner, struct err *err)
{
    struct db_stmt *st;
    struct pipeline_row one;
    bool has_row = false;
    enum err_code rc =
        prepare(p, SHAPE_ROWS, p->start, p->query->limit > 0 ? p->query->limit : -1, &st, err);

    if (rc)
        return rc;
    while ((rc = db_step(p->cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        page_row_read(st, &one);
        if (!row(owner, &one))
            break;
    }
    db_reset(st);
    return rc;
}

static enum err_code collect_ids(struct page *p, struct db_stmt *st, struct id_list *out,
                                 struct err *err)
{
    bool has_row = false;
    enum err_code rc;

    while ((rc = db_step(p->cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        rc = id_list_add(out, db_int(st, 0), err);
        if (rc)
            break;
    }
    db_reset(st);
    return rc;
}

static enum err_code collect_all(struct page *p, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc =
        prepare(p, SHAPE_IDS, p->start, p->query->limit > 0 ? p->query->limit : -1, &st, err);

    return rc ? rc : collect_ids(p, st, &p->found, err);
}

/* Test texts along the order, from a row on, at most so many. *last is where it stopped: 0 when the
 * page is full or the order has ended. */
static enum err_code walk_texts(struct page *p, int64_t start, int64_t limit, int64_t *last,
                                struct err *err)
{
    struct db_stmt *st;
    bool has_row = false;
    int64_t walked = 0;
    enum err_code rc = prepare(p, SHAPE_TEXTS, start, limit, &st, err);

    *last = 0;
    if (rc)
        return rc;
    while ((rc = db_step(p->cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        walked++;
        *last = db_int(st, 0);
        if ((sv_find(db_sv(st, 1), p->needle) >= 0) != p->query->filter_inverse)
            rc = id_list_add(&p->found, *last, err);
        if (rc || p->found.count == p->wanted)
            break;
    }
    db_reset(st);
    if (p->found.count == p->wanted || walked < limit || limit < 0)
        *last = 0;
    return rc;
}

static bool has_id(const struct id_list *sorted, int64_t id)
{
    size_t low = 0;
    size_t high = sorted->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sorted->items[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sorted->count && sorted->items[low] == id;
}

/* Go on along the order with the set of those that may match; *last as in walk_texts. */
static enum err_code walk_set(struct page *p, int64_t start, const struct id_list *set,
                              int64_t *last, struct err *err)
{
    int64_t limit = (int64_t)set->count * SORT_COST + 1;
    struct db_stmt *st;
    bool has_row = false;
    bool matches;
    int64_t walked = 0;
    enum err_code rc = prepare(p, SHAPE_IDS, start, limit, &st, err);

    if (rc)
        return rc;
    while ((rc = db_step(p->cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        walked++;
        *last = db_int(st, 0);
        if (!has_id(set, *last))
            continue;
        rc = text_matches(p->cache, *last, p->needle, &matches, err);
        if (rc == ERR_OK && matches)
            rc = id_list_add(&p->found, *last, err);
        if (rc || p->found.count == p->wanted)
            break;
    }
    db_reset(st);
    if (p->found.count == p->wanted || walked < limit)
        *last = 0;
    return rc;
}

static enum err_code add_json(struct sb *out, const struct id_list *ids, struct err *err)
{
    enum err_code rc = sb_addc(out, '[', err);

    for (size_t i = 0; rc == ERR_OK && i < ids->count; i++)
        rc = sb_addf(out, err, i > 0 ? ",%lld" : "%lld", (long long)ids->items[i]);
    return rc ? rc : sb_addc(out, ']', err);
}

/* Those of a list behind the start, in the order: SQLite fetches their keys and sorts. */
static enum err_code sort_chosen(struct page *p, const struct id_list *ids, struct id_list *out,
                                 struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    struct db_stmt *st;
    enum err_code rc;

    sb_init(&json, (size_t)24 * CACHE_IDS_MAX);
    rc = add_json(&json, ids, err);
    if (rc == ERR_OK)
        rc = prepare(p, SHAPE_CHOSEN, p->start, -1, &st, err);
    if (rc)
        return rc;
    db_bind_sv(st, 3, sb_sv(&json));
    return collect_ids(p, st, out, err);
}

/* Leave those whose text really has the needle. */
static enum err_code keep_matching(struct page *p, struct id_list *ids, struct err *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < ids->count; i++) {
        bool matches;
        enum err_code rc = text_matches(p->cache, ids->items[i], p->needle, &matches, err);

        if (rc)
            return rc;
        if (matches != p->query->filter_inverse)
            ids->items[kept++] = ids->items[i];
    }
    ids->count = kept;
    return ERR_OK;
}

/* Sorted first and tested then, as only the first few are wanted. */
static enum err_code collect_sorted(struct page *p, const struct id_list *ids, struct err *err)
{
    struct id_list sorted = {0};
    enum err_code rc = sort_chosen(p, ids, &sorted, err);

    p->found.count = 0;
    for (size_t i = 0; rc == ERR_OK && i < sorted.count && p->found.count < p->wanted; i++) {
        bool matches;

        rc = text_matches(p->cache, sorted.items[i], p->needle, &matches, err);
        if (rc == ERR_OK && matches)
            rc = id_list_add(&p->found, sorted.items[i], err);
    }
    id_list_release(&sorted);
    return rc;
}

/* Go on along the order to its end: names have the needle, or those of the set may have it. */
static enum err_code walk_names(struct page *p, int64_t start, const struct id_list *set,
                                struct err *err)
{
    CLEANUP(sb_release) struct sb name;
    struct db_stmt *st;
    bool has_row = false;
    enum err_code rc = prepare(p, SHAPE_NAMES, start, -1, &st, err);

    sb_init(&name, NAME_CAP);
    if (rc)
        return rc;
    while (p->found.count < p->wanted &&
           (rc = db_step(p->cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        int64_t id = db_int(st, 0);
        bool matches;

        sb_clear(&name);
        rc = text_fold(db_sv(st, 1), &name, err);
        matches = rc == ERR_OK && sv_find(sb_sv(&name), p->needle) >= 0;
        if (rc == ERR_OK && !matches && has_id(set, id))
            rc = text_matches(p->cache, id, p->needle, &matches, err);
        if (rc == ERR_OK && matches)
            rc = id_list_add(&p->found, id, err);
        if (rc)
            break;
    }
    db_reset(st);
    return rc;
}

/* A set is walked for no longer than sorting it would take: its members may be few in truth, or all
 * at the far end. */
static enum err_code collect_set(struct page *p, int64_t walked_to, const struct id_list *ids,
                                 struct err *err)
{
    int64_t last = 0;
    enum err_code rc = walk_set(p, walked_to, ids, &last, err);

    return rc || last == 0 ? rc : collect_sorted(p, ids, err);
}

static enum err_code collect_rare(struct page *p, int64_t walked_to, int64_t total, struct err *err)
{
    struct id_list ids = {0};
    int64_t last;
    size_t others = 0;
    size_t name_rows = total / NAME_SHARE < SET_ROWS ? (size_t)total / NAME_SHARE + 1 : SET_ROWS;
    enum err_code rc = text_candidates(p->cache, p->needle, false, SET_ROWS, &ids, err);

    if (rc == ERR_OK && ids.count == SET_ROWS) {
        rc = walk_texts(p, walked_to, -1, &last, err);
        goto out;
    }
    others = ids.count;
    if (rc == ERR_OK)
        rc = text_candidates(p->cache, p->needle, true, name_rows, &ids, err);
    if (rc == ERR_OK && ids.count - others == name_rows) {
        ids.count = others;
        rc = walk_names(p, walked_to, &ids, err);
    } else if (rc == ERR_OK) {
        id_list_sort(&ids);
        rc = collect_set(p, walked_to, &ids, err);
    }
out:
    id_list_release(&ids);
    return rc;
}

/* How many more texts to test before the index is asked: none when what was found so far promises
 * too little. */
static int64_t choose_reach(const struct page *p, int64_t total)
{
    int64_t reach = total / WALK_SHARE > WALK_MORE ? total / WALK_SHARE : WALK_MORE;

    return p->wanted <= INT32_MAX &&
                   (int64_t)p->found.count * reach >= (int64_t)p->wanted * WALK_FIRST
               ? reach
               : 0;
}

static enum err_code collect_filtered(struct page *p, struct err *err)
{
    struct cache_counts counts;
    int64_t reach;
    int64_t last;
    enum err_code rc = walk_texts(p, p->start, WALK_FIRST, &last, err);

    if (rc || last == 0)
        return rc;
    if (p->query->filter_inverse)
        return walk_texts(p, last, -1, &last, err);
    rc = cache_count(p->cache, &counts, err);
    if (rc)
        return rc;
    reach = choose_reach(p, counts.total);
    if (reach > 0)
        rc = walk_texts(p, last, reach, &last, err);
    return rc || last == 0 ? rc : collect_rare(p, last, counts.total, err);
}

static enum err_code collect_named(struct page *p, struct err *err)
{
    struct id_list ids = {0};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; rc == ERR_OK && i < p->query->name_count; i++) {
        struct db_stmt *st;
        bool has_row = false;

        rc = use(p->cache, STATEMENT_NAMED, &st, err);
        if (rc)
            break;
        db_bind_sv(st, 1, p->query->names[i]);
        while ((rc = db_step(p->cache->db, st, &has_row, err)) == ERR_OK && has_row) {
            rc = id_list_add(&ids, db_int(st, 0), err);
            if (rc)
                break;
        }
        db_reset(st);
    }
    id_list_sort(&ids);
    if (rc == ERR_OK && p->needle.len > 0)
        rc = keep_matching(p, &ids, err);
    if (rc == ERR_OK)
        rc = sort_chosen(p, &ids, &p->found, err);
    if (p->found.count > p->wanted)
        p->found.count = p->wanted;
    id_list_release(&ids);
    return rc;
}

static enum err_code emit(struct page *p, cache_row_fn *row, void *owner, struct err *err)
{
    struct db_stmt *st;
    struct pipeline_row one;

    for (size_t i = 0; i < p->found.count; i++) {
        size_t at = p->query->backward ? p->found.count - 1 - i : i;
        bool has_row = false;
        bool goes_on = true;
        enum err_code rc = row_of(p->cache, STATEMENT_ROW, p->found.items[at], &st, &has_row, err);

        if (rc)
            return rc;
        if (has_row) {
            page_row_read(st, &one);
            goes_on = row(owner, &one);
        }
        db_reset(st);
        if (!goes_on)
            break;
    }
    return ERR_OK;
}

/* A start that is gone is no start: its place is not known any more. */
static enum err_code find_start(struct page *p, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc;

    p->start = p->query->after_rowid;
    if (p->start == 0)
        return ERR_OK;
    rc = row_of(p->cache, STATEMENT_EXISTS, p->start, &st, &has_row, err);
    if (rc)
        return rc;
    db_reset(st);
    if (!has_row)
        p->start = 0;
    return ERR_OK;
}

static enum err_code run(struct page *p, cache_row_fn *row, void *owner, struct err *err)
{
    enum err_code rc = find_start(p, err);

    if (rc)
        return rc;
    if (p->query->name_count > 0)
        rc = collect_named(p, err);
    else if (p->needle.len > 0)
        rc = collect_filtered(p, err);
    else if (p->query->backward)
        rc = collect_all(p, err);
    else
        return stream(p, row, owner, err);
    return rc ? rc : emit(p, row, owner, err);
}

enum err_code cache_pipelines(struct cache *cache, const struct pipeline_query *query,
                              cache_row_fn *row, void *owner, struct err *err)
{
    CLEANUP(sb_release) struct sb needle;
    struct page p = {.cache = cache,
                     .query = query,
                     .wanted = query->limit > 0 ? (size_t)query->limit : SIZE_MAX,
                     .is_falling =
                         orders[query->sort].is_falling ^ query->reverse ^ query->backward};
    enum err_code rc;

    sb_init(&needle, 64 * 1024);
    rc = text_fold(query->filter, &needle, err);
    p.needle = sb_sv(&needle);
    if (rc == ERR_OK)
        rc = cache_read_begin(cache, err);
    if (rc)
        return rc;
    rc = run(&p, row, owner, err);
    cache_read_end(cache);
    id_list_release(&p.found);
    return rc;
}
