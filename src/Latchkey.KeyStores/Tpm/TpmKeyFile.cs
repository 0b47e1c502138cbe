using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Latchkey.KeyStores.Files;

namespace Latchkey.KeyStores.Tpm;

/// <summary>
/// A key wrapped by its TPM: <c>TSS2 PRIVATE KEY</c> in PEM, as OpenSSL's provider for TPMs and <c>tpm2_encodeobject</c> write it. Of use to nobody without that TPM.
/// </summary>
/// <param name="Parent">A persistent handle.</param>
/// <param name="Public">TPM2B_PUBLIC.</param>
/// <param name="Private">TPM2B_PRIVATE.</param>
internal sealed record TpmKeyFile(uint Parent, byte[] Public, byte[] Private)
{
    private const string Expected = "a TSS2 PRIVATE KEY in PEM";
    private const string LoadableKey = "2.23.133.10.1.3";
    private const byte Persistent = 0x81;

    /// <exception cref="KeyStoreException">Unreadable, or not such a file.</exception>
    public static TpmKeyFile Read(string file)
    {
        using var bytes = SmallFile.Read(file, Expected);
        var text = Encoding.ASCII.GetString(bytes.Span); // wrapped by the TPM: no secret
        if (!PemEncoding.TryFind(text, out var pem) || text[pem.Label] != "TSS2 PRIVATE KEY")
            throw new KeyStoreException($"{file}: not a wrapped key (expected {Expected})");
        try
        {
            return Read(file, Convert.FromBase64String(text[pem.Base64Data]));
        }
        catch (AsnContentException e)
        {
            throw new KeyStoreException($"{file}: damaged (expected {Expected})", e);
        }
    }

    /// <summary>Of an object of that type, as DER.</summary>
    public static TpmKeyFile Read(string file, byte[] der, string expectedType = LoadableKey)
    {
        var key = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        if (key.ReadObjectIdentifier() is var type && type != expectedType)
            throw new KeyStoreException($"{file}: an object of type {type} (expected {(expectedType == LoadableKey ? "a loadable key" : "sealed data")}, {expectedType})");
        while (key.PeekTag().TagClass == TagClass.ContextSpecific)
            key.ReadEncodedValue(); // emptyAuth, policies, description
        var parent = (uint)key.ReadInteger();
        if (parent >> 24 != Persistent)
            throw new KeyStoreException($"{file}: its parent is 0x{parent:X} (expected a persistent one, as in 0x81000000: make the key with that parent)");
        return new TpmKeyFile(parent, key.ReadOctetString(), key.ReadOctetString());
    }
}
