/* A log's lines: masked, stripped of escape sequences, looked at for errors, kept and read back. */
#include <stdlib.h>

#include "core/cache/log.h"
#include "core/cache/log_parts.h"
#include "core/model/ansi.h"
#include "core/model/log_error.h"
#include "core/model/masking.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 1 << 20 };

static void require(bool claim)
{
    if (!claim)
        abort();
}

/* What is left of it has no control but tabs, and the same whichever way it is cut. */
static void strip(struct sv text)
{
    struct ansi a;
    struct ansi pieces;
    struct sb whole;
    struct sb cut;
    struct err err;

    sb_init(&whole, CAP);
    sb_init(&cut, CAP);
    ansi_begin(&a);
    ansi_begin(&pieces);
    require(ansi_add(&a, text, &whole, &err) == ERR_OK);
    for (size_t i = 0; i < text.len; i++)
        require(ansi_add(&pieces, sv_make(text.ptr + i, 1), &cut, &err) == ERR_OK);
    require(sv_eq(sb_sv(&whole), sb_sv(&cut)) && a.run_count == pieces.run_count);
    for (size_t i = 0; i < whole.len; i++)
        require((unsigned char)whole.ptr[i] >= ' ' || whole.ptr[i] == '\t');
    for (size_t i = 0; i < a.run_count; i++)
        require((size_t)a.runs[i].start + a.runs[i].len <= whole.len);
    sb_release(&whole);
    sb_release(&cut);
}

/* As many lines come out as went in. */
static void mask(struct sv text)
{
    struct masking m = {.count = 0};
    struct sb out;
    struct err err;
    size_t in_lines = 0;
    size_t out_lines = 0;

    sb_init(&out, CAP);
    require(mask_text(&m, text, &out, &err) == ERR_OK);
    for (size_t i = 0; i < text.len; i++)
        in_lines += text.ptr[i] == '\n';
    for (size_t i = 0; i < out.len; i++)
        out_lines += out.ptr[i] == '\n';
    require(in_lines == out_lines);
    sb_release(&out);
}

static void pack(struct sv text)
{
    const struct log_line line = {.at_ms = (int64_t)text.len * 977, .flags = 3, .text = text};
    struct log_line back;
    struct sb out;
    struct sv rest;
    int64_t at_ms = 5;
    struct err err;

    sb_init(&out, CAP);
    require(log_line_pack(&line, 5, &out, &err) == ERR_OK);
    rest = sb_sv(&out);
    require(log_line_next(&rest, &at_ms, &back) && rest.len == 0);
    require(back.at_ms == line.at_ms && back.flags == 3 && sv_eq(back.text, text));
    sb_release(&out);
    rest = text;
    at_ms = 0;
    while (log_line_next(&rest, &at_ms, &back))
        continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_make((const char *)data, size < CAP / 8 ? size : CAP / 8);

    strip(text);
    mask(text);
    pack(text);
    (void)log_line_is_error(text);
    (void)log_line_is_end(text);
    return 0;
}
