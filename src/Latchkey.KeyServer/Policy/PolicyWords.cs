using Latchkey.Crypto;

namespace Latchkey.KeyServer.Policy;

/// <summary>The words by which configuration, command line and log name what rules are made of.</summary>
public static class PolicyWords
{
    /// <summary>Operations, single ones only.</summary>
    public static IReadOnlyList<(string Word, KeyOperations Operation)> Operations { get; } =
    [
        ("sign-tls13", KeyOperations.SignTls13),
        ("sign-tls12", KeyOperations.SignTls12),
        ("rsa-key-exchange", KeyOperations.RsaKeyExchange),
        ("exchange", KeyOperations.Exchange),
        ("resume", KeyOperations.Resume),
        ("tickets", KeyOperations.Tickets),
        ("pre-shared-keys", KeyOperations.PreSharedKeys),
        ("relay", KeyOperations.Relay),
        ("hand-over", KeyOperations.HandOver),
        ("ticket-keys", KeyOperations.TicketKeys),
        ("raw-sign", KeyOperations.RawSign),
        ("raw-decrypt", KeyOperations.RawDecrypt),
        ("fetch-key", KeyOperations.FetchKey),
        ("key-part", KeyOperations.KeyPart),
        ("delegated-credential", KeyOperations.DelegatedCredential),
    ];

    /// <summary>Custodies, from the least to the most.</summary>
    public static IReadOnlyList<(string Word, KeyCustody Custody)> Custodies { get; } =
    [
        ("handshake", KeyCustody.Handshake),
        ("session-keys", KeyCustody.SessionKeys),
        ("master-secret", KeyCustody.MasterSecret),
        ("exchange", KeyCustody.Exchange),
        ("signature", KeyCustody.Signature),
        ("premaster", KeyCustody.Premaster),
        ("fetched-key", KeyCustody.FetchedKey),
    ];

    /// <summary>Signature schemes by their IANA names.</summary>
    public static IReadOnlyList<(string Word, SignatureScheme Scheme)> Schemes { get; } =
    [
        ("rsa_pss_rsae_sha256", SignatureScheme.RsaPssRsaeSha256),
        ("rsa_pss_rsae_sha384", SignatureScheme.RsaPssRsaeSha384),
        ("rsa_pss_rsae_sha512", SignatureScheme.RsaPssRsaeSha512),
        ("ecdsa_secp256r1_sha256", SignatureScheme.EcdsaSecp256r1Sha256),
        ("ecdsa_secp384r1_sha384", SignatureScheme.EcdsaSecp384r1Sha384),
        ("ed25519", SignatureScheme.Ed25519),
        ("rsa_pkcs1_sha256", SignatureScheme.RsaPkcs1Sha256),
        ("rsa_pkcs1_sha384", SignatureScheme.RsaPkcs1Sha384),
        ("rsa_pkcs1_sha512", SignatureScheme.RsaPkcs1Sha512),
        ("rsa_pkcs1_sha1", SignatureScheme.RsaPkcs1Sha1),
        ("dsa_sha256", SignatureScheme.DsaSha256),
    ];

    /// <summary>One operation, or several with commas between.</summary>
    public static string Of(KeyOperations operations) =>
        operations == KeyOperations.Standard ? "the standard ones" : string.Join(", ", Operations.Where(entry => operations.HasFlag(entry.Operation)).Select(entry => entry.Word));

    /// <summary>A custody.</summary>
    public static string Of(KeyCustody custody) => Custodies[(int)custody].Word;

    /// <summary>A scheme; a number where it has no name here.</summary>
    public static string Of(SignatureScheme scheme) => Schemes.FirstOrDefault(entry => entry.Scheme == scheme).Word ?? $"0x{(ushort)scheme:x4}";
}
