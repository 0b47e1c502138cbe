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
        _ => FiniteFieldGroup.Prime(group).Length,
    };

    /// <summary>Of a curve: finite fields' secrets have no fixed length in TLS 1.2.</summary>
    internal static int SecretSize(this NamedGroup group) => group == NamedGroup.Secp384r1 ? 48 : 32;

    /// <summary>TLS 1.3 keeps a secret's leading zeros (RFC 8446 §7.4.1) where TLS 1.2 strips them; these groups are served in TLS 1.2 only.</summary>
    internal static void ThrowIfFiniteField(NamedGroup group)
    {
        if (group.IsFiniteField())
            throw new ArgumentOutOfRangeException(nameof(group), group, "Finite-field groups are for TLS 1.2, whose server sends its value first.");
    }

    /// <summary>
    /// Right length and, for a point, the only form TLS 1.3 allows (RFC 8446 §4.2.8.2); in a finite field, the range of RFC 7919 §5.1.
    /// </summary>
    internal static bool HasRightForm(this NamedGroup group, ReadOnlySpan<byte> publicValue) => publicValue.Length == group.PublicValueSize() && group switch
    {
        NamedGroup.X25519 => true,
        NamedGroup.Secp256r1 or NamedGroup.Secp384r1 => publicValue[0] == UncompressedPoint,
        _ => FiniteFieldGroup.IsInRange(group, publicValue),
    };
}
