#include "core/views/audits.h"

#include "core/aws/caller.h"
#include "core/base/json.h"
#include "core/base/time.h"

enum { LIST_CAP = 64 << 20, KIN_AROUND = 300 };

/* ---- the list ---- */

struct keeping {
    struct audit_list *list;
    int limit;
    enum err_code rc;
    struct err *err;
};

static bool keep_row(void *owner, const struct audit_row *row)
{
    struct keeping *k = owner;
    struct audit_list *list = k->list;

    if (list->count == (size_t)k->limit) {
        list->has_more = true;
        return false;
    }
    list->rows[list->count] = *row;
    if (!audit_row_keep(&list->rows[list->count], &list->arena))
        k->rc = arena_err(&list->arena, k->err);
    list->count++;
    return k->rc == ERR_OK;
}

enum err_code audit_list_load(const char *dir, const struct audit_query *query,
                              struct audit_list *out, struct err *err)
{
    struct audit_list list = {.count = 0};
    struct audit_query asked = *query;
    struct keeping k = {.list = &list, .limit = query->limit, .err = err};
    enum err_code rc;

    arena_init(&list.arena, LIST_CAP);
    list.rows = arena_alloc(&list.arena, (size_t)query->limit, sizeof *list.rows);
    asked.limit++;
    rc = list.rows == NULL ? arena_err(&list.arena, err)
                           : audit_read(dir, &asked, keep_row, &k, err);
    rc = rc ? rc : k.rc;
    if (rc)
        audit_list_release(&list);
    else
        *out = list;
    return rc;
}

void audit_list_release(struct audit_list *list)
{
    arena_release(&list->arena);
    *list = (struct audit_list){.arena = list->arena};
}

/* ---- a row ---- */

/* "DataOps/ana": a session's name is often a program's choice, its role is not. A role of the
 * IAM Identity Center says less than its session, which is the person. */
static struct sv role_session(struct sv arn)
{
    static const struct sv role = {":assumed-role/", 14};

    for (; arn.len > role.len; arn = sv_drop(arn, 1)) {
        if (sv_starts(arn, role))
            return sv_starts(sv_drop(arn, role.len), SV("AWSReservedSSO_"))
                       ? SV("")
                       : sv_drop(arn, role.len);
    }
    return SV("");
}

struct sv audit_who(const struct audit_row *row)
{
    struct sv person = role_session(row->line.caller);

    if (person.len == 0)
        person = caller_person(row->line.caller);
    return person.len > 0 ? person : row->user;
}

struct sv audit_what(const struct audit_row *row)
{
    return row->line.operation.len > 0 ? row->line.operation : row->line.action;
}

struct sv audit_target(const struct audit_row *row)
{
    struct sv rest;

    if (row->line.target.len > 0)
        return row->line.target;
    (void)sv_cut(row->line.action, ' ', &rest);
    return rest;
}

enum status audit_status(const struct audit_row *row)
{
    static const struct {
        struct sv outcome;
        enum status status;
    } known[] = {
        {{"done", 4}, STATUS_SUCCEEDED},    {{"failed", 6}, STATUS_FAILED},
        {{"denied", 6}, STATUS_FAILED},     {{"missing", 7}, STATUS_FAILED},
        {{"refused", 7}, STATUS_STOPPED},   {{"unknown", 7}, STATUS_ERRORED},
        {{"waits", 5}, STATUS_WAITING},     {{"sent", 4}, STATUS_IN_PROGRESS},
        {{"cancelled", 9}, STATUS_STOPPED}, {{"left", 4}, STATUS_NONE},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (sv_eq(row->outcome, known[i].outcome))
            return known[i].status;
    }
    return STATUS_NONE;
}

bool audit_is_bad(const struct audit_row *row)
{
    enum status status = audit_status(row);

    return status == STATUS_FAILED || status == STATUS_STOPPED || status == STATUS_ERRORED;
}

static enum err_code add(struct sb *out, const char *label, struct sv value, struct err *err)
{
    enum err_code rc;

    if (value.len == 0)
        return ERR_OK;
    rc = sb_addf(out, err, "%-11s ", label);
    if (!rc)
        rc = sb_add_safe(out, value, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

enum err_code audit_row_text(const struct audit_row *row, struct sb *out, struct err *err)
{
    char at[TIME_RFC3339_SIZE];
    char pid[24];
    int pid_len = snprintf(pid, sizeof pid, "%lld", (long long)row->pid);
    const struct {
        const char *label;
        struct sv value;
    } lines[] = {
        {"at", sv_of(time_rfc3339(row->at_ms, at))},
        {"outcome", row->outcome},
        {"action", row->line.action},
        {"operation", row->line.operation},
        {"target", row->line.target},
        {"account", row->line.account},
        {"region", row->line.region},
        {"caller", row->line.caller},
        {"text", row->line.text},
        {"reason", row->line.reason},
        {"before", row->line.before},
        {"after", row->line.after},
        {"request id", row->line.request_id},
        {"host", row->host},
        {"user", row->user},
        {"SSH client", row->ssh_client},
        {"terminal", row->tty},
        {"process", sv_make(pid, (size_t)pid_len)},
        {"hash", row->hash},
    };
    enum err_code rc = sb_addf(out, err, "%-11s %lld\n", "row", (long long)row->seq);

    for (size_t i = 0; i < ARRAY_LEN(lines) && !rc; i++)
        rc = add(out, lines[i].label, lines[i].value, err);
    return rc;
}

/* ---- the rows of one operation ---- */

static bool is_kin(const struct audit_row *a, const struct audit_row *b)
{
    return a->pid == b->pid && sv_eq(a->host, b->host) && sv_eq(a->line.action, b->line.action);
}

/* Newest first: between the "confirmed" that it begins with and the one of the next. */
static void keep_kin(struct audit_list *list, const struct audit_row *row)
{
    size_t from = 0;
    size_t count = 0;
    bool is_over = false;

    for (size_t i = 0; i < list->count && !is_over; i++) {
        const struct audit_row one = list->rows[i];

        if (!is_kin(&one, row))
            continue;
        list->rows[count++] = one;
        if (!sv_eq(one.outcome, SV("confirmed")))
            continue;
        is_over = one.seq <= row->seq;
        from = is_over ? from : count;
    }
    memmove(list->rows, list->rows + from, (count - from) * sizeof *list->rows);
    list->count = count - from;
}

enum err_code audit_list_kin(const char *dir, const struct audit_row *row, struct audit_list *out,
                             struct err *err)
{
    const struct audit_query query = {
        .before_seq = row->seq < INT64_MAX - KIN_AROUND ? row->seq + KIN_AROUND : INT64_MAX,
        .limit = 2 * KIN_AROUND};
    enum err_code rc = audit_list_load(dir, &query, out, err);

    if (!rc)
        keep_kin(out, row);
    return rc;
}

enum err_code audit_kin_text(const struct audit_list *kin, struct sb *out, struct err *err)
{
    const char *label = "its rows";
    enum err_code rc = ERR_OK;

    for (size_t i = kin->count; i > 0 && !rc && kin->count > 1; i--) {
        const struct audit_row *row = &kin->rows[i - 1];
        char at[TIME_RFC3339_SIZE];

        (void)time_rfc3339(row->at_ms / 1000 * 1000, at);
        rc = sb_addf(out, err, "%-11s %lld %s ", label, (long long)row->seq, at);
        if (!rc)
            rc = sb_add_safe(out, row->outcome, err);
        if (!rc && row->line.operation.len > 0)
            rc = sb_addc(out, ' ', err);
        if (!rc)
            rc = sb_add_safe(out, row->line.operation, err);
        if (!rc)
            rc = sb_addc(out, '\n', err);
        label = "";
    }
    return rc;
}

enum err_code audit_row_json(const struct audit_row *row, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    audit_put_row(&w, row, NULL);
    return jw_done(&w);
}
