#include "core/model/branch.h"

/* The parts between slashes; git-check-ref-format(1) 1 and 6. */
static const char *part_fault(struct sv part)
{
    if (part.len == 0)
        return "has an empty part: no slash at its ends, none twice";
    if (part.ptr[0] == '.')
        return "has a part that begins with a dot";
    if (sv_ends(part, SV(".lock")))
        return "has a part that ends in .lock";
    return NULL;
}

/* git-check-ref-format(1) 4, 5, 9 and 10. */
static const char *character_fault(struct sv name)
{
    struct sv rest = name;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (c == ' ')
            return "has a blank in it";
        if (c != '\0' && strchr("~^:?*[\\", c) != NULL)
            return "has one of ~ ^ : ? * [ \\ in it";
    }
    while (rest.len > 0) {
        uint32_t c = utf8_next(&rest);

        if (c == 0xfffd || text_safe(c) != c)
            return "has a character in it that cannot be shown";
    }
    return NULL;
}

const char *branch_fault(struct sv name)
{
    const char *fault;
    struct sv rest = name;

    if (name.len == 0)
        return "is empty";
    if (name.len > BRANCH_MAX)
        return "is longer than CodeCommit's 256 characters";
    if (sv_eq(name, SV("@")) || sv_eq(name, SV("HEAD")))
        return "is a word of git's own";
    if (name.ptr[0] == '-')
        return "begins with a hyphen";
    if (name.ptr[name.len - 1] == '.')
        return "ends in a dot";
    if (sv_find(name, SV("..")) >= 0 || sv_find(name, SV("@{")) >= 0)
        return "has .. or @{ in it";
    fault = character_fault(name);
    do {
        struct sv part = sv_cut(rest, '/', &rest);

        if (fault == NULL)
            fault = part_fault(part);
    } while (rest.ptr != NULL && fault == NULL);
    return fault;
}

bool branch_is_nested(struct sv outer, struct sv inner)
{
    return inner.len > outer.len && sv_starts(inner, outer) && inner.ptr[outer.len] == '/';
}
