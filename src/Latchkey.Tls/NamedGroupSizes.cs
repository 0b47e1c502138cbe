using Latchkey.Crypto;

namespace Latchkey.Tls;

/// <summary>Sizes of public values in their TLS form.</summary>
public static class NamedGroupSizes
{
    /// <summary>Length in bytes of the server's public value: RFC 8446 §4.2.8.2 (uncompressed points), RFC 7748, and for
    /// X25519MLKEM768 the ML-KEM ciphertext followed by the X25519 value.</summary>
    public static int ServerShareSize(this NamedGroup group) => group switch
    {
        NamedGroup.Secp256r1 => 65,
        NamedGroup.Secp384r1 => 97,
        NamedGroup.X25519 => 32,
        NamedGroup.X25519MlKem768 => 1088 + 32,
        _ => throw new ArgumentOutOfRangeException(nameof(group), group, "Not a group that is served."),
    };
}
