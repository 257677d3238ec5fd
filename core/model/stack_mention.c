#include "core/model/stack_mention.h"

enum { NAME_MAX_LEN = 128, REGION_MAX_LEN = 32, ACCOUNT_LEN = 12 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_region_char(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

static bool is_name_char(char c)
{
    return is_region_char(c) || (c >= 'A' && c <= 'Z');
}

static struct sv name_at(struct sv rest)
{
    size_t len = 0;

    while (len < rest.len && len < NAME_MAX_LEN && is_name_char(rest.ptr[len]))
        len++;
    return sv_take(rest, len);
}

/* The piece that ends the text, as long as its characters please. */
static struct sv last_piece(struct sv text, bool (*is_fine)(char), size_t most)
{
    size_t len = 0;

    while (len < text.len && len < most && is_fine(text.ptr[text.len - 1 - len]))
        len++;
    return sv_drop(text, text.len - len);
}

/* before ends with "REGION:ACCOUNT". */
static void find_place(struct sv before, struct stack_mention *out)
{
    struct sv account = last_piece(before, is_digit, ACCOUNT_LEN);
    struct sv head = sv_take(before, before.len - account.len);
    struct sv region;

    if (account.len != ACCOUNT_LEN || !sv_ends(head, SV(":")))
        return;
    region = last_piece(sv_take(head, head.len - 1), is_region_char, REGION_MAX_LEN);
    if (region.len == 0)
        return;
    out->account = account;
    out->region = region;
}

static struct sv name_behind(struct sv line, struct sv mark, ptrdiff_t *at)
{
    *at = sv_find(line, mark);
    return *at < 0 ? SV("") : name_at(sv_drop(line, (size_t)*at + mark.len));
}

bool stack_mention_find(struct sv line, struct stack_mention *out)
{
    ptrdiff_t at;
    struct sv in_words = name_behind(line, SV("stack named "), &at);
    struct sv in_arn = name_behind(line, SV(":stack/"), &at);

    *out = (struct stack_mention){in_words.len > 0 ? in_words : in_arn, SV(""), SV("")};
    if (in_arn.len > 0 && sv_eq(out->name, in_arn))
        find_place(sv_take(line, (size_t)at), out);
    return out->name.len > 0;
}

enum err_code stack_mention_keep(struct arena *arena, const struct stack_mention *from,
                                 struct stack_mention *out, struct err *err)
{
    *out = (struct stack_mention){arena_sv(arena, from->name), arena_sv(arena, from->account),
                                  arena_sv(arena, from->region)};
    return out->name.ptr == NULL || out->account.ptr == NULL || out->region.ptr == NULL
               ? arena_err(arena, err)
               : ERR_OK;
}
