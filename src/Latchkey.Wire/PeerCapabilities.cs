using System.Buffers.Binary;

namespace Latchkey.Wire;

/// <summary>
/// What a Latchkey peer can do: item 40 of the first request of a connection (opcode 40), and the payload of its reply. 6 bytes:
/// u16 version, u32 features. Unknown bits are ignored; both sides use what both have.
/// </summary>
/// <param name="Version">Of the operations 41 and up; 1.</param>
/// <param name="Features">Operations served (reply) or understood (request).</param>
public readonly record struct PeerCapabilities(ushort Version, PeerFeatures Features)
{
    /// <summary>Bytes on the wire; longer values are read up to here, so that later versions may add to them.</summary>
    public const int Size = 6;

    /// <summary>The version this code speaks.</summary>
    public const ushort CurrentVersion = 1;

    /// <summary>False: shorter than <see cref="Size"/>, or version 0.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out PeerCapabilities capabilities)
    {
        capabilities = default;
        if (value.Length < Size || BinaryPrimitives.ReadUInt16BigEndian(value) is not (> 0 and var version))
            return false;
        capabilities = new PeerCapabilities(version, (PeerFeatures)BinaryPrimitives.ReadUInt32BigEndian(value[2..]));
        return true;
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns them.</summary>
    public ReadOnlySpan<byte> Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, Version);
        BinaryPrimitives.WriteUInt32BigEndian(destination[2..], (uint)Features);
        return destination[..Size];
    }
}

/// <summary>Feature bits of <see cref="PeerCapabilities"/>.</summary>
[Flags]
public enum PeerFeatures : uint
{
    /// <summary>Nothing beyond the deployed protocol.</summary>
    None = 0,
    /// <summary><see cref="Opcode.SignServerKeyExchange"/>.</summary>
    SignServerKeyExchange = 1 << 0,
    /// <summary><see cref="Opcode.SignCertificateVerify"/>.</summary>
    SignCertificateVerify = 1 << 1,
    /// <summary><see cref="Opcode.DeriveRsaMasterSecret"/>.</summary>
    DeriveRsaMasterSecret = 1 << 2,
    /// <summary>Some key serves the deployed protocol's raw operations.</summary>
    RawOperations = 1 << 3,
    /// <summary><see cref="Opcode.OfferKeyExchange"/> and <see cref="Opcode.AgreeKeyExchange"/>.</summary>
    KeyExchange = 1 << 4,
    /// <summary><see cref="Opcode.AnswerTls13"/>.</summary>
    AnswerTls13 = 1 << 5,
    /// <summary><see cref="Opcode.ResumeTls12"/> and <see cref="Opcode.ResumeTls13"/>.</summary>
    Resumption = 1 << 6,
    /// <summary><see cref="Opcode.SealTicket"/>, <see cref="Opcode.OpenTicket"/> and <see cref="Opcode.TicketKeys"/>.</summary>
    Tickets = 1 << 7,
    /// <summary><see cref="Opcode.BeginHandshake"/> and <see cref="Opcode.ContinueHandshake"/>.</summary>
    Handshakes = 1 << 8,
    /// <summary><see cref="Opcode.DerivePskMasterSecret"/>.</summary>
    PreSharedKeys = 1 << 9,
    /// <summary><see cref="Opcode.FetchKey"/>.</summary>
    FetchKey = 1 << 10,
    /// <summary>Takes parts of split keys along with a question (<see cref="ItemTag.KeyPart"/>).</summary>
    KeyParts = 1 << 11,
    /// <summary>Replies to pings carry <see cref="ItemTag.Load"/>.</summary>
    Load = 1 << 12,
    /// <summary>Verifies signatures over requests (<see cref="ItemTag.RequestSignature"/>).</summary>
    SignedRequests = 1 << 13,
    /// <summary><see cref="Opcode.FollowTicketKeys"/>.</summary>
    FollowTicketKeys = 1 << 14,
    /// <summary><see cref="Opcode.IssueDelegatedCredential"/>.</summary>
    DelegatedCredentials = 1 << 15,
    /// <summary>Seals secret results where asked to (<see cref="ItemTag.SealTo"/>).</summary>
    SealedReplies = 1 << 16,
}
