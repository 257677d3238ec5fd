/* penstock failure: why an execution failed, on one page. */
#include "core/base/time.h"
#include "core/cli/logical.h"
#include "core/cli/out.h"
#include "core/cli/place.h"
#include "core/cli/reader.h"
#include "core/cli/verb.h"
#include "core/views/failure_page.h"

enum { ARENA_CAP = 64 << 20, COLS = 100 };

static enum err_code write_page(struct session *s, const struct failure_page *f, struct sb *out,
                                struct err *err)
{
    const struct view_look look = {
        .now_ms = s->now_ms, .is_utf8 = !s->cli->is_ascii && text_is_utf8(), .is_wide = true};
    struct page page;
    enum err_code rc;

    if (s->cli->format == CLI_JSON) {
        rc = failure_page_json(f, out, err);
        return rc ? rc : sb_addc(out, '\n', err);
    }
    page_init(&page, &look, COLS, page_to_sb, out, err);
    failure_page_write(f, false, &page);
    return page_done(&page);
}

static enum err_code read_card(struct session *s, const struct operand *what, struct err *err)
{
    struct reader reader = {0};
    enum err_code rc = reader_open(&reader, s, err);

    if (rc == ERR_OK)
        rc = reader_run(&reader, failure_read, what, err);
    reader_close(&reader);
    return rc;
}

static void tell_age(const struct session *s, const struct failure_page *page)
{
    char age[TIME_AGE_SIZE];

    time_age(page->read_at, s->now_ms, age);
    cli_note("why it failed is told as it was read %s ago", age);
}

/* What failed does not change any more: it is read once, unless --refresh is given. */
static enum err_code show(struct session *s, struct out *out, struct err *err)
{
    const struct place_words words = {.name = s->cli->args[0]};
    struct failure_page page;
    struct operand place = {.stage = SV("")};
    struct operand what;
    struct arena arena;
    bool asks;
    enum err_code rc;

    arena_init(&arena, ARENA_CAP);
    rc = place_find(s, &words, PLACE_FAILED, &arena, &place, err);
    if (rc == ERR_OK)
        rc = place_execution(s, sv_of(cli_option(s->cli, OPTION_EXECUTION)), PLACE_TO_READ, &arena,
                             &place, err);
    asks = rc == ERR_OK && !s->cli->is_cached && session_is_reachable(s, &place.id);
    what = (struct operand){.id = place.id, .execution_id = place.execution_id};
    if (rc == ERR_OK && s->cli->is_refresh && asks)
        rc = read_card(s, &what, err);
    if (rc == ERR_OK)
        rc = failure_page_load(s->cache, &what, &arena, &page, err);
    if (rc == ERR_NOT_FOUND && asks && !s->cli->is_refresh) {
        rc = read_card(s, &what, err);
        if (rc == ERR_OK)
            rc = failure_page_load(s->cache, &what, &arena, &page, err);
    }
    if (rc == ERR_OK && !asks && !s->cli->is_cached)
        tell_age(s, &page);
    if (rc == ERR_OK)
        rc = write_page(s, &page, &out->text, err);
    arena_release(&arena);
    return rc;
}

int run_failure(struct cli *cli)
{
    struct sv name = sv_of(cli->args[0]);
    struct session s;
    struct out out;
    struct err err = {0};
    int status = 0;

    if (session_open(&s, cli, cli->is_cached, &err))
        return cli_fail(&err);
    out_init(&out);
    if (session_freshen(&s, &name, 1, &status, &err) || show(&s, &out, &err)) {
        /* What the network said has been told: without that it might have been read. */
        status = status != 0 && err.code == ERR_NOT_FOUND ? status : cli_fail(&err);
        out_release(&out);
    } else {
        status = out_end(&out, status);
        if (status == 0)
            status = session_tell_stale(&s);
    }
    session_close(&s);
    return status;
}
