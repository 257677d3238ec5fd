/* One attempt of a call as HTTP: URL, headers, body and signature. For exchange.c. */
#ifndef PENSTOCK_AWS_REQUEST_H
#define PENSTOCK_AWS_REQUEST_H

#include "core/aws/exchange.h"
#include "core/base/time.h"

enum { REQUEST_HEADERS_MAX = 24 };

/* All texts of one request; they live until http_start has copied them. */
struct request {
    struct sv method;
    struct http_header headers[REQUEST_HEADERS_MAX];
    size_t count;
    char target[128];
    char tries[48];
    char agent[128];
    char date[TIME_AMZ_SIZE];
    char hash[SIGN_HEX_SIZE]; /* of the body */
    struct sb url;
    struct sb wire;
    struct sb authorization;
};

void request_init(struct request *r);
void request_release(struct request *r);
/* Signed when cred is not NULL, with the clock as the host sees it. Borrows from call and cred. */
enum err_code request_write(struct request *r, struct call *call, const struct cred *cred,
                            struct err *err) MUST_CHECK;

#endif
