namespace Latchkey.KeyServer.Policy;

/// <summary>What may be done with a key, as rules name it (docs/policy.md).</summary>
[Flags]
public enum KeyOperations
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>TLS 1.3: signatures of CertificateVerify (operation 42).</summary>
    SignTls13 = 1 << 0,
    /// <summary>TLS 1.2: signatures of ServerKeyExchange (41).</summary>
    SignTls12 = 1 << 1,
    /// <summary>TLS 1.2: RSA key exchange (43, 45).</summary>
    RsaKeyExchange = 1 << 2,
    /// <summary>Key exchanges made and signed at the key server (44, 45, 47, 4F).</summary>
    Exchange = 1 << 3,
    /// <summary>Resumption of sessions that the key server keeps or has sealed (46, 48).</summary>
    Resume = 1 << 4,
    /// <summary>Tickets sealed and opened for the edge (49, 4A).</summary>
    Tickets = 1 << 5,
    /// <summary>Pre-shared keys of clients (48, 4E).</summary>
    PreSharedKeys = 1 << 6,
    /// <summary>Handshakes conducted here and relayed by the edge (4C, 4D).</summary>
    Relay = 1 << 7,
    /// <summary>The same with the master secret handed over (4C).</summary>
    HandOver = 1 << 8,
    /// <summary>The site's ticket keys given to the edge (4B).</summary>
    TicketKeys = 1 << 9,
    /// <summary>Raw signatures of any digest or message (02–07, 12–18, 35–37).</summary>
    RawSign = 1 << 10,
    /// <summary>Raw RSA decryption (01), which forges signatures too.</summary>
    RawDecrypt = 1 << 11,
    /// <summary>The private key itself, for a time (50).</summary>
    FetchKey = 1 << 12,
    /// <summary>A part of a split key, for another key server (51).</summary>
    KeyPart = 1 << 13,
    /// <summary>Delegated credentials: signatures of a key of the edge's own, for a time (54).</summary>
    DelegatedCredential = 1 << 14,

    /// <summary>The deployed protocol's operations.</summary>
    Raw = RawSign | RawDecrypt,
    /// <summary>What a rule allows that names no operations: all that build what they sign and give out nothing that outlives the handshake.</summary>
    Standard = SignTls13 | SignTls12 | RsaKeyExchange | Exchange | Resume | Tickets | PreSharedKeys | Relay,
}
