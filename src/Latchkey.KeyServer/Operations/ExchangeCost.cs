using Latchkey.Crypto;

namespace Latchkey.KeyServer.Operations;

/// <summary>What one side of a key exchange costs in microseconds, for the fairness of queues. Measured at 2.5 GHz with OpenSSL 3.0: X25519 40, ffdhe8192 16,000; in between, finite fields
/// grow with the square and a half of their size (exponents have 256 bits at least).</summary>
internal static class ExchangeCost
{
    public static int Of(NamedGroup group) => group switch
    {
        NamedGroup.X25519 => 80,
        NamedGroup.Secp256r1 => 150,
        NamedGroup.Secp384r1 => 1200,
        NamedGroup.X25519MlKem768 => 200,
        NamedGroup.Ffdhe2048 => 800,
        NamedGroup.Ffdhe3072 or NamedGroup.Modp3072 => 2000,
        NamedGroup.Ffdhe4096 or NamedGroup.Modp4096 => 3500,
        NamedGroup.Ffdhe6144 => 8500,
        NamedGroup.Ffdhe8192 => 16_000,
        _ => 100,
    };

    /// <summary>By the size of a public value, where the group itself is sealed.</summary>
    public static int OfPublicValue(int size) => size switch
    {
        > 768 => Of(NamedGroup.Ffdhe8192),
        > 512 => Of(NamedGroup.Ffdhe6144),
        > 384 => Of(NamedGroup.Ffdhe4096),
        > 256 => Of(NamedGroup.Ffdhe3072),
        > 97 => Of(NamedGroup.Ffdhe2048),
        > 65 => Of(NamedGroup.Secp384r1),
        _ => Of(NamedGroup.X25519),
    };
}
