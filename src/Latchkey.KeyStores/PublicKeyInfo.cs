using System.Formats.Asn1;

namespace Latchkey.KeyStores;

/// <summary>Writes a SubjectPublicKeyInfo (RFC 3279 §2.3, RFC 5480 §2) of the numbers that devices give.</summary>
public static class PublicKeyInfo
{
    /// <param name="modulus">Big-endian.</param>
    /// <param name="exponent">Big-endian.</param>
    public static byte[] OfRsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        var key = new AsnWriter(AsnEncodingRules.DER);
        using (key.PushSequence())
        {
            key.WriteIntegerUnsigned(modulus.TrimStart((byte)0));
            key.WriteIntegerUnsigned(exponent.TrimStart((byte)0));
        }
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            using (info.PushSequence())
            {
                info.WriteObjectIdentifier("1.2.840.113549.1.1.1");
                info.WriteNull();
            }
            info.WriteBitString(key.Encode());
        }
        return info.Encode();
    }

    /// <param name="curve">DER: the name of the curve.</param>
    /// <param name="point">04 ‖ x ‖ y.</param>
    public static byte[] OfEc(ReadOnlySpan<byte> curve, ReadOnlySpan<byte> point)
    {
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            using (info.PushSequence())
            {
                info.WriteObjectIdentifier("1.2.840.10045.2.1");
                info.WriteEncodedValue(curve);
            }
            info.WriteBitString(point);
        }
        return info.Encode();
    }
}
