#include "core/operate/guard_people.h"

#include "core/aws/caller.h"

static bool is_divider(char c)
{
    return c == ' ' || c == '.' || c == '-' || c == '_' || c == '\t';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* In any case of letters, and without what divides the words of a name. An empty name is nobody's.
 */
static bool same_name(struct sv a, struct sv b)
{
    bool is_empty = true;

    for (;;) {
        while (a.len > 0 && is_divider(a.ptr[0]))
            a = sv_drop(a, 1);
        while (b.len > 0 && is_divider(b.ptr[0]))
            b = sv_drop(b, 1);
        if (a.len == 0 || b.len == 0)
            return a.len == b.len && !is_empty;
        if (lower(a.ptr[0]) != lower(b.ptr[0]))
            return false;
        is_empty = false;
        a = sv_drop(a, 1);
        b = sv_drop(b, 1);
    }
}

struct author {
    struct sv name;
    struct sv mail;
    struct sv local; /* of the mail, without a + and what follows */
};

static struct author author_of(struct sv text)
{
    struct author a = {.name = sv_trim(text)};
    ptrdiff_t open = sv_find(text, SV("<"));
    struct sv rest;

    if (open >= 0) {
        a.name = sv_trim(sv_take(text, (size_t)open));
        a.mail = sv_trim(sv_cut(sv_drop(text, (size_t)open + 1), '>', &rest));
    } else if (sv_find(text, SV("@")) > 0) {
        a.mail = a.name;
        a.name = SV("");
    }
    a.local = sv_cut(sv_cut(a.mail, '@', &rest), '+', &rest);
    return a;
}

static bool is_one_of(struct sv names, struct sv arn, struct sv person)
{
    while (names.ptr != NULL) {
        struct sv one = sv_trim(sv_cut(names, ',', &names));

        if (one.len > 0 &&
            (caller_fits(one, arn) || text_fits(one, person) || same_name(one, person)))
            return true;
    }
    return false;
}

static bool names_author(struct sv person, const struct author *a)
{
    struct sv rest;
    struct sv local = sv_cut(person, '@', &rest);

    return same_name(person, a->mail) || same_name(person, a->name) ||
           same_name(person, a->local) || same_name(local, a->local) || same_name(local, a->name);
}

/* A session that penstock named tells who may be behind, which is enough to refuse, and never to
 * let through. */
enum sameness person_compare(const struct ini_section *people, struct sv author, struct sv caller)
{
    struct author a = author_of(author);
    struct sv person = caller_person(caller);
    bool is_mapped = false;

    if (sv_trim(author).len == 0 || caller.len == 0)
        return PERSON_IS_UNKNOWN;
    if (sv_eq(author, caller) || names_author(person, &a) ||
        (sv_starts(person, SV(CALLER_OURS)) &&
         names_author(sv_drop(person, strlen(CALLER_OURS)), &a)))
        return PERSON_IS_THE_SAME;
    for (size_t i = 0; people != NULL && i < people->entry_count; i++) {
        const struct ini_entry *entry = &people->entries[i];

        if (!is_one_of(sv_of(entry->value), caller, person))
            continue;
        is_mapped = true;
        if (same_name(sv_of(entry->key), a.mail) || same_name(sv_of(entry->key), a.name))
            return PERSON_IS_THE_SAME;
    }
    return caller_is_program(person) && !is_mapped ? PERSON_IS_UNKNOWN : PERSON_IS_ANOTHER;
}
