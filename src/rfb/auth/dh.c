/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diffie-Hellman by GMP, whose mpz_powm_sec takes the same time for every exponent; see dh.h. */
#include "rfb/auth/dh.h"

#include "base/arith.h"
#include "rfb/auth/rsa_key.h"

#include <assert.h>
#include <gmp.h>
#include <nettle/bignum.h>
#include <stdbool.h>

int rfb_dh_check_group(const struct rfb_dh_group *group, size_t min_bits, struct err *err)
{
    mpz_t modulus, generator;
    size_t bits;
    bool odd, within;

    assert(group->size >= 1 && group->size <= RFB_DH_SIZE_MAX);
    nettle_mpz_init_set_str_256_u(modulus, group->size, group->modulus);
    mpz_init_set_ui(generator, group->generator);
    bits = mpz_sgn(modulus) ? mpz_sizeinbase(modulus, 2) : 0;
    odd = mpz_odd_p(modulus) != 0;
    within = mpz_cmp_ui(generator, 2) >= 0 && mpz_cmp(generator, modulus) < 0;
    mpz_clear(modulus);
    mpz_clear(generator);
    if (bits < min_bits)
        return err_set(err,
                       "the server's Diffie-Hellman modulus has %zu bits, less than the %zu "
                       "that are asked for",
                       bits, min_bits);
    if (!odd)
        return err_set(err, "the server's Diffie-Hellman modulus is even, so no prime");
    if (!within)
        return err_set(err, "the server's Diffie-Hellman generator is out of range");
    return 0;
}

int rfb_dh_check_public(const struct rfb_dh_group *group, const uint8_t *value, struct err *err)
{
    mpz_t x, last;
    bool within;

    nettle_mpz_init_set_str_256_u(x, group->size, value);
    nettle_mpz_init_set_str_256_u(last, group->size, group->modulus);
    mpz_sub_ui(last, last, 1);
    within = mpz_cmp_ui(x, 1) > 0 && mpz_cmp(x, last) < 0;
    mpz_clear(x);
    mpz_clear(last);
    return within ? 0 : err_set(err, "a Diffie-Hellman value came that keeps no secret");
}

static void power(const struct rfb_dh_group *group, mpz_t base, const struct rfb_dh_secret *secret,
                  uint8_t *result)
{
    mpz_t modulus, exponent;

    nettle_mpz_init_set_str_256_u(modulus, group->size, group->modulus);
    nettle_mpz_init_set_str_256_u(exponent, secret->size, secret->bytes);
    mpz_powm_sec(base, base, exponent, modulus);
    nettle_mpz_get_str_256(group->size, result, base);
    mpz_clear(modulus);
    mpz_clear(exponent);
}

void rfb_dh_make_secret(const struct rfb_dh_group *group, struct rfb_dh_secret *secret,
                        uint8_t *public_value)
{
    mpz_t base;

    secret->size = MIN_OF(group->size, sizeof(secret->bytes));
    rfb_rsa_random(secret->bytes, secret->size);
    secret->bytes[secret->size - 1] |= 1; /* never zero */
    mpz_init_set_ui(base, group->generator);
    power(group, base, secret, public_value);
    mpz_clear(base);
}

void rfb_dh_share(const struct rfb_dh_group *group, const struct rfb_dh_secret *secret,
                  const uint8_t *peer_value, uint8_t *shared)
{
    mpz_t base;

    nettle_mpz_init_set_str_256_u(base, group->size, peer_value);
    power(group, base, secret, shared);
    mpz_clear(base);
}
