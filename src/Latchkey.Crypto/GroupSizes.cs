namespace Latchkey.Crypto;

/// <summary>Lengths of the plain Diffie-Hellman groups' values.</summary>
internal static class GroupSizes
{
    internal const byte UncompressedPoint = 0x04;

    internal static int PublicValueSize(this NamedGroup group) => group switch
    {
        NamedGroup.Secp256r1 => 65,
        NamedGroup.Secp384r1 => 97,
        NamedGroup.X25519 => 32,
        _ => throw new ArgumentOutOfRangeException(nameof(group)),
    };

    internal static int SecretSize(this NamedGroup group) => group == NamedGroup.Secp384r1 ? 48 : 32;

    /// <summary>Right length and, for a point, the only form TLS 1.3 allows (RFC 8446 §4.2.8.2).</summary>
    internal static bool HasRightForm(this NamedGroup group, ReadOnlySpan<byte> publicValue) =>
        publicValue.Length == group.PublicValueSize() && (group == NamedGroup.X25519 || publicValue[0] == UncompressedPoint);
}
