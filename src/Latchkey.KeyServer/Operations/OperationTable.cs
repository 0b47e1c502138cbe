using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Operations;

/// <summary>Which operations there are, by opcode. Seal, unseal, RPC and custom functions are not: they are answered as unknown opcodes.</summary>
internal static class OperationTable
{
    private static readonly KeyOperation?[] ByOpcode = Build();

    public static KeyOperation? Find(Opcode opcode) => ByOpcode[(byte)opcode];

    /// <summary>What Latchkey's own operations in the table amount to.</summary>
    public static PeerFeatures Features { get; } =
        PeerFeatures.SignedRequests | Has(PeerFeatures.SignServerKeyExchange, Opcode.SignServerKeyExchange)
        | Has(PeerFeatures.SignCertificateVerify, Opcode.SignCertificateVerify)
        | Has(PeerFeatures.DeriveRsaMasterSecret, Opcode.DeriveRsaMasterSecret)
        | Has(PeerFeatures.KeyExchange, Opcode.OfferKeyExchange, Opcode.AgreeKeyExchange)
        | Has(PeerFeatures.AnswerTls13, Opcode.AnswerTls13)
        | Has(PeerFeatures.Resumption, Opcode.ResumeTls12, Opcode.ResumeTls13)
        | Has(PeerFeatures.Tickets, Opcode.SealTicket, Opcode.OpenTicket, Opcode.TicketKeys)
        | Has(PeerFeatures.Handshakes, Opcode.BeginHandshake, Opcode.ContinueHandshake)
        | Has(PeerFeatures.PreSharedKeys, Opcode.DerivePskMasterSecret)
        | Has(PeerFeatures.FetchKey, Opcode.FetchKey)
        | Has(PeerFeatures.DelegatedCredentials, Opcode.IssueDelegatedCredential)
        | PeerFeatures.KeyParts
        | PeerFeatures.FollowTicketKeys
        | PeerFeatures.SealedReplies
        | PeerFeatures.Load;

    private static PeerFeatures Has(PeerFeatures feature, params Opcode[] operations) =>
        Array.TrueForAll(operations, operation => Find(operation) is not null) ? feature : PeerFeatures.None;

    private static KeyOperation?[] Build()
    {
        var table = new KeyOperation?[256];
        table[(byte)Opcode.RsaDecrypt] = new RawRsaDecrypt();
        table[(byte)Opcode.Ed25519Sign] = new RawEd25519();
        table[(byte)Opcode.SignServerKeyExchange] = new SignServerKeyExchange();
        table[(byte)Opcode.SignCertificateVerify] = new SignCertificateVerify();
        table[(byte)Opcode.DeriveRsaMasterSecret] = new DeriveRsaMasterSecret();
        table[(byte)Opcode.OfferKeyExchange] = new OfferKeyExchange();
        table[(byte)Opcode.AgreeKeyExchange] = new AgreeKeyExchange();
        table[(byte)Opcode.ResumeTls12] = new ResumeTls12();
        table[(byte)Opcode.DerivePskMasterSecret] = new DerivePskMasterSecret();
        table[(byte)Opcode.AnswerTls13] = new AnswerTls13();
        table[(byte)Opcode.ResumeTls13] = new ResumeTls13();
        table[(byte)Opcode.VerifyFinished] = new VerifyFinished();
        table[(byte)Opcode.SealTicket] = new SealTicket();
        table[(byte)Opcode.OpenTicket] = new OpenTicket();
        table[(byte)Opcode.TicketKeys] = new TicketKeys();
        table[(byte)Opcode.BeginHandshake] = new BeginHandshake();
        table[(byte)Opcode.ContinueHandshake] = new ContinueHandshake();
        table[(byte)Opcode.FetchKey] = new FetchKey();
        table[(byte)Opcode.FetchKeyPart] = new FetchKeyPart();
        table[(byte)Opcode.IssueDelegatedCredential] = new IssueDelegatedCredential();
        AddRaw(Opcode.RsaSignMd5Sha1, SignaturePadding.Pkcs1, DigestAlgorithm.Md5Sha1, 6);
        AddRaw(Opcode.EcdsaSignMd5Sha1, SignaturePadding.None, DigestAlgorithm.Md5Sha1, 6);
        AddRaw(Opcode.RsaPssSignSha256, SignaturePadding.Pss, DigestAlgorithm.Sha256, 3);
        return table;

        // The protocol numbers its digests in the order of DigestAlgorithm.
        void AddRaw(Opcode first, SignaturePadding padding, DigestAlgorithm digest, int count)
        {
            for (var i = 0; i < count; i++)
                table[(byte)first + i] = new RawSignature((Opcode)((byte)first + i), digest + i, padding);
        }
    }
}
