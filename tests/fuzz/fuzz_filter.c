/* What a person may type as a filter: any bytes are parsed or refused with a sentence, and what was
 * parsed can be matched. The second line is the text that is filtered. */
#include "core/views/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text;
    struct sv typed = sv_cut(sv_make((const char *)data, size), '\n', &text);
    const struct pipeline_row row = {
        .id = {.name = text}, .revision_summary = text, .error = text, .stages = text};
    const struct filter_field field = {"name", text};
    struct filter filter;
    struct err err = {0};
    bool is_inverse;
    int score;

    if (filter_parse(typed, filter_row_fields, &filter, &err)) {
        if (err.text[0] == '\0')
            abort();
        return 0;
    }
    (void)filter_matches(&filter, &field, 1);
    /* A row that the index leaves out must not pass. */
    if (filter_is_needle(&filter) && filter_needle(&filter, &is_inverse).len == 0)
        abort();
    if (filter.count == 0 && !filter_matches_row(&filter, &row))
        abort();
    (void)filter_matches_row(&filter, &row);
    (void)fuzzy_match(typed, sv_take(text, 1000), &score);
    filter_release(&filter);
    return 0;
}
