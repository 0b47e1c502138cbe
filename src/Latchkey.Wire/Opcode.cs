namespace Latchkey.Wire;

/// <summary>
/// Operations of the keyless protocol (item 11): requests and the two replies. Below 40 and from F0 on they are the deployed
/// protocol's (catalogue X3); 40 and up are Latchkey's own, used only between peers that have exchanged
/// <see cref="Capabilities"/> (docs/protocol.md).
/// </summary>
public enum Opcode : byte
{
    /// <summary>Not on the wire: a message without opcode item.</summary>
    None = 0x00,

    /// <summary>Raw RSA decryption: ciphertext → block of the modulus' length, padding included.</summary>
    RsaDecrypt = 0x01,

    /// <summary>RSA PKCS#1 v1.5 over a 36-byte MD5 ‖ SHA-1 digest, without DigestInfo.</summary>
    RsaSignMd5Sha1 = 0x02,
    /// <summary>RSA PKCS#1 v1.5 over a 20-byte digest.</summary>
    RsaSignSha1 = 0x03,
    /// <summary>RSA PKCS#1 v1.5 over a 28-byte digest.</summary>
    RsaSignSha224 = 0x04,
    /// <summary>RSA PKCS#1 v1.5 over a 32-byte digest.</summary>
    RsaSignSha256 = 0x05,
    /// <summary>RSA PKCS#1 v1.5 over a 48-byte digest.</summary>
    RsaSignSha384 = 0x06,
    /// <summary>RSA PKCS#1 v1.5 over a 64-byte digest.</summary>
    RsaSignSha512 = 0x07,

    /// <summary>ECDSA over a 36-byte MD5 ‖ SHA-1 digest; DER SEQUENCE {r, s} like all of ECDSA.</summary>
    EcdsaSignMd5Sha1 = 0x12,
    /// <summary>ECDSA over a 20-byte digest.</summary>
    EcdsaSignSha1 = 0x13,
    /// <summary>ECDSA over a 28-byte digest.</summary>
    EcdsaSignSha224 = 0x14,
    /// <summary>ECDSA over a 32-byte digest.</summary>
    EcdsaSignSha256 = 0x15,
    /// <summary>ECDSA over a 48-byte digest.</summary>
    EcdsaSignSha384 = 0x16,
    /// <summary>ECDSA over a 64-byte digest.</summary>
    EcdsaSignSha512 = 0x17,
    /// <summary>Ed25519 over the whole message: 64 bytes.</summary>
    Ed25519Sign = 0x18,

    /// <summary>Seals a blob; no stock server has a sealer.</summary>
    Seal = 0x21,
    /// <summary>Opens a sealed blob.</summary>
    Unseal = 0x22,
    /// <summary>Extension point of the deployed server, none registered.</summary>
    Rpc = 0x23,
    /// <summary>Function named by item 13, none registered.</summary>
    Custom = 0x24,

    /// <summary>RSA-PSS over a 32-byte digest, salt 32 bytes, MGF1 with the same hash.</summary>
    RsaPssSignSha256 = 0x35,
    /// <summary>RSA-PSS over a 48-byte digest, salt 48 bytes.</summary>
    RsaPssSignSha384 = 0x36,
    /// <summary>RSA-PSS over a 64-byte digest, salt 64 bytes.</summary>
    RsaPssSignSha512 = 0x37,

    /// <summary>Latchkey: what either side can do. First request of a Latchkey client; a foreign server answers error 05.</summary>
    Capabilities = 0x40,
    /// <summary>Latchkey: signature of a TLS 1.2 ServerKeyExchange from its parts.</summary>
    SignServerKeyExchange = 0x41,
    /// <summary>Latchkey: signature of a TLS 1.3 CertificateVerify from context and transcript hash.</summary>
    SignCertificateVerify = 0x42,
    /// <summary>Latchkey: the master secret of a TLS 1.2 RSA key exchange (catalogue K4).</summary>
    DeriveRsaMasterSecret = 0x43,
    /// <summary>Latchkey: makes and signs a TLS 1.2 key exchange whose private value stays here, sealed for the second question (K3).</summary>
    OfferKeyExchange = 0x44,
    /// <summary>Latchkey: the second question of a TLS 1.2 key exchange: premaster secret, master secret or session keys (K3, K3b, K3c, K4, K5, F2, F3).</summary>
    AgreeKeyExchange = 0x45,
    /// <summary>Latchkey: resumes a TLS 1.2 session whose secret is kept here (R2, R4, R9).</summary>
    ResumeTls12 = 0x46,
    /// <summary>Latchkey: the secrets, signature and Finished of a TLS 1.3 server flight (X2).</summary>
    AnswerTls13 = 0x47,
    /// <summary>Latchkey: the same from a pre-shared key that is kept here: a ticket's or an external one (X2, R4, G4).</summary>
    ResumeTls13 = 0x48,
    /// <summary>Latchkey: seals a session into a ticket (R6).</summary>
    SealTicket = 0x49,
    /// <summary>Latchkey: opens a ticket and hands out the session (R6).</summary>
    OpenTicket = 0x4A,
    /// <summary>Latchkey: the ticket keys of a site, for an edge that opens tickets itself (R5).</summary>
    TicketKeys = 0x4B,
    /// <summary>Latchkey: begins a handshake that is conducted here and relayed by the edge (K6, K7).</summary>
    BeginHandshake = 0x4C,
    /// <summary>Latchkey: goes on with it, on the same connection.</summary>
    ContinueHandshake = 0x4D,
    /// <summary>Latchkey: the master secret of a TLS 1.2 PSK suite whose pre-shared key is kept here (G4).</summary>
    DerivePskMasterSecret = 0x4E,
    /// <summary>Latchkey: the second question of <see cref="AnswerTls13"/> where the client was asked for a certificate: its Finished, and the tickets (F2).</summary>
    VerifyFinished = 0x4F,
    /// <summary>Latchkey: the private key itself, sealed for this edge on this connection (S6).</summary>
    FetchKey = 0x50,
    /// <summary>Latchkey: the parts of a split key that are here, for another key server that joins it for one operation (S5).</summary>
    FetchKeyPart = 0x51,
    /// <summary>Latchkey: answered when the ticket keys that are here have changed, or the time that the edge gives is over (T1); about no key.</summary>
    FollowTicketKeys = 0x52,
    /// <summary>Latchkey: the keys that all ticket keys here are derived from, for another key server of the same owner (T3); about no key.</summary>
    ShareTicketKeyRoots = 0x53,
    /// <summary>Latchkey: a delegated credential for a key of the edge's own (X6, RFC 9345).</summary>
    IssueDelegatedCredential = 0x54,

    /// <summary>Reply: success, result in the payload.</summary>
    Response = 0xF0,
    /// <summary>Request: answer with <see cref="Pong"/> and the same payload.</summary>
    Ping = 0xF1,
    /// <summary>Reply to <see cref="Ping"/>.</summary>
    Pong = 0xF2,
    /// <summary>Reply: failure, one <see cref="KeylessError"/> byte in the payload.</summary>
    Error = 0xFF,
}

/// <summary>What follows from an opcode's number.</summary>
public static class OpcodeExtensions
{
    /// <summary>F0, F2 and FF: as a request they are answered with <see cref="KeylessError.UnexpectedOpcode"/>.</summary>
    public static bool IsReply(this Opcode opcode) => opcode is Opcode.Response or Opcode.Pong or Opcode.Error;

    /// <summary>
    /// Private-key operations on bytes chosen by the requester: they make whoever may call them an oracle and are served only for
    /// keys whose policy says so (X4).
    /// </summary>
    public static bool IsRaw(this Opcode opcode) =>
        opcode is >= Opcode.RsaDecrypt and <= Opcode.RsaSignSha512
            or >= Opcode.EcdsaSignMd5Sha1 and <= Opcode.Ed25519Sign
            or >= Opcode.RsaPssSignSha256 and <= Opcode.RsaPssSignSha512;

    /// <summary>Latchkey's operations that use a key and build what they sign or derive themselves.</summary>
    public static bool IsStructured(this Opcode opcode) =>
        opcode is >= Opcode.SignServerKeyExchange and <= Opcode.IssueDelegatedCredential;

    /// <summary>Operations that may need the private key itself, so that a requester who has a part of it sends it along (S4); the others are about sessions.</summary>
    public static bool UsesPrivateKey(this Opcode opcode) =>
        opcode.IsRaw() || opcode is >= Opcode.SignServerKeyExchange and <= Opcode.AgreeKeyExchange or Opcode.AnswerTls13 or Opcode.BeginHandshake or Opcode.ContinueHandshake or Opcode.IssueDelegatedCredential;

    /// <summary>The digest length in bytes that a raw signing operation demands; null for every other opcode.</summary>
    public static int? DigestLength(this Opcode opcode) => opcode switch
    {
        Opcode.RsaSignMd5Sha1 or Opcode.EcdsaSignMd5Sha1 => 36,
        Opcode.RsaSignSha1 or Opcode.EcdsaSignSha1 => 20,
        Opcode.RsaSignSha224 or Opcode.EcdsaSignSha224 => 28,
        Opcode.RsaSignSha256 or Opcode.EcdsaSignSha256 or Opcode.RsaPssSignSha256 => 32,
        Opcode.RsaSignSha384 or Opcode.EcdsaSignSha384 or Opcode.RsaPssSignSha384 => 48,
        Opcode.RsaSignSha512 or Opcode.EcdsaSignSha512 or Opcode.RsaPssSignSha512 => 64,
        _ => null,
    };
}
