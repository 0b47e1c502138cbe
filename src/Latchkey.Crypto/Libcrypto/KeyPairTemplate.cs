using System.Diagnostics.CodeAnalysis;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>Makes key pairs of one group from contexts that are set up once and then reused.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "One template per group lives as long as the process.")]
internal sealed unsafe class KeyPairTemplate
{
    private readonly ContextPool _contexts;
    private readonly string? _group;

    private KeyPairTemplate(string algorithm, string? group)
    {
        _contexts = new ContextPool(() => NewContext(algorithm, group));
        _group = group;
    }

    internal static KeyPairTemplate P256 { get; } = new("EC", "P-256");
    internal static KeyPairTemplate P384 { get; } = new("EC", "P-384");
    internal static KeyPairTemplate X25519 { get; } = new("X25519", null);

    // The private values these make are as long as the group's strength wants (225 to 400 bits, RFC 7919 §5.2), not as the prime.
    private static KeyPairTemplate Ffdhe2048 { get; } = new("DH", "ffdhe2048");
    private static KeyPairTemplate Ffdhe3072 { get; } = new("DH", "ffdhe3072");
    private static KeyPairTemplate Ffdhe4096 { get; } = new("DH", "ffdhe4096");
    private static KeyPairTemplate Ffdhe6144 { get; } = new("DH", "ffdhe6144");
    private static KeyPairTemplate Ffdhe8192 { get; } = new("DH", "ffdhe8192");
    private static KeyPairTemplate Modp3072 { get; } = new("DH", "modp_3072");
    private static KeyPairTemplate Modp4096 { get; } = new("DH", "modp_4096");

    internal static KeyPairTemplate For(NamedGroup group) => group switch
    {
        NamedGroup.Secp256r1 => P256,
        NamedGroup.Secp384r1 => P384,
        NamedGroup.X25519 => X25519,
        NamedGroup.Ffdhe2048 => Ffdhe2048,
        NamedGroup.Ffdhe3072 => Ffdhe3072,
        NamedGroup.Ffdhe4096 => Ffdhe4096,
        NamedGroup.Ffdhe6144 => Ffdhe6144,
        NamedGroup.Ffdhe8192 => Ffdhe8192,
        NamedGroup.Modp3072 => Modp3072,
        NamedGroup.Modp4096 => Modp4096,
        _ => throw new ArgumentOutOfRangeException(nameof(group), group, "Not a group of libcrypto's."),
    };

    /// <summary>libcrypto's name of a finite-field group, without a terminating zero.</summary>
    internal static byte[] NameOf(NamedGroup group) => System.Text.Encoding.ASCII.GetBytes(For(group)._group!);

    internal KeyHandle Generate()
    {
        nint context = _contexts.Rent();
        nint key = 0;
        int result = Native.EVP_PKEY_generate(context, &key);
        _contexts.Return(context);
        LibcryptoError.ThrowUnlessDone(result, "Generating a key pair failed");
        return new KeyHandle(key);
    }

    private static nint NewContext(string algorithm, string? group)
    {
        nint context = Native.EVP_PKEY_CTX_new_from_name(0, algorithm, 0);
        if (context != 0 && Native.EVP_PKEY_keygen_init(context) == 1 && (group is null || Native.EVP_PKEY_CTX_set_group_name(context, group) == 1))
            return context;
        Native.EVP_PKEY_CTX_free(context);
        throw LibcryptoError.Take($"libcrypto cannot generate {group ?? algorithm} keys");
    }
}
