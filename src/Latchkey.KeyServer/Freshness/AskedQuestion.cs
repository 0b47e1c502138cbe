using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.KeyServer.Listener;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Freshness;

/// <summary>A question as it is remembered: whose, on which connection, and what it says.</summary>
/// <param name="Edge">The edge's name.</param>
/// <param name="Life">Of the connection.</param>
/// <param name="Digest">Of all that the answer depends on.</param>
internal readonly record struct AskedQuestion(string Edge, ConnectionLife Life, UInt128 Digest)
{
    // All but padding, patience, signature and trace, which differ when the same is asked again.
    private static readonly ItemTag[] Covered =
    [
        ItemTag.Opcode, ItemTag.Payload, ItemTag.SubjectKeyIdentifier, ItemTag.CertificateDigest, ItemTag.CertificateFingerprint, ItemTag.ServerName, ItemTag.SignatureScheme,
        ItemTag.ClientRandom, ItemTag.ServerNonce, ItemTag.Sentinel, ItemTag.ServerParameters, ItemTag.EncryptedPremaster, ItemTag.ClientVersion, ItemTag.PrfHash,
    ];

    public static AskedQuestion Of(in KeylessItems items, string edge, ConnectionLife life)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> header = stackalloc byte[3];
        foreach (var tag in Covered)
        {
            var value = items.Value(tag);
            header[0] = (byte)tag;
            BinaryPrimitives.WriteUInt16BigEndian(header[1..], (ushort)value.Length);
            hash.AppendData(header);
            hash.AppendData(value);
        }
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return new AskedQuestion(edge, life, BinaryPrimitives.ReadUInt128BigEndian(digest));
    }
}
