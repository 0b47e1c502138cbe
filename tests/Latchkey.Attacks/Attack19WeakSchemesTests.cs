using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 19: the edge, or whoever stands before it, brings a key to sign by a weak hash or another version's scheme.</summary>
[Trait("Attack", "19")]
public sealed class Attack19WeakSchemesTests
{
    private static readonly byte[] X25519Parameters = [3, 0, 0x1D, 32, .. new byte[32]];

    [Theory]
    [InlineData(TestKey.Rsa2048)]
    [InlineData(TestKey.EcdsaP256)]
    public async Task Of_all_65536_schemes_only_the_strong_ones_of_key_and_version_are_signed(TestKey kind)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(kind, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        // All of the registry's first seven hash numbers with each signature number, and what lies beside those that are defined.
        var schemes = Enumerable.Range(0, 0x0700).Where(scheme => (scheme & 0xFF) <= 8).Concat(Enumerable.Range(0x0700, 0x220)).Select(scheme => (ushort)scheme);

        List<ushort> signed12 = [], signed13 = [];
        foreach (var scheme in schemes)
        {
            if ((await edge.AskAsync(Requests.ServerKeyExchange(site, scheme, new byte[32], new byte[32], X25519Parameters))).Opcode == Opcode.Response)
                signed12.Add(scheme);
            if ((await edge.AskAsync(Requests.CertificateVerify(site, scheme, new byte[32]))).Opcode == Opcode.Response)
                signed13.Add(scheme);
        }

        Assert.Equal(kind == TestKey.Rsa2048 ? [0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806] : [0x0403, 0x0503], signed12);
        Assert.Equal(kind == TestKey.Rsa2048 ? [0x0804, 0x0805, 0x0806] : [0x0403], signed13);
    }

    [Fact]
    public async Task An_owners_list_narrows_the_schemes_further_for_each_key()
    {
        await using var server = new AttackedKeyServer();
        var listed = server.AddKey(TestKey.Rsa2048, "listed.test", new KeyRule { Schemes = [SignatureScheme.RsaPssRsaeSha256], Operations = KeyOperations.Standard | KeyOperations.Raw });
        var free = server.AddKey(TestKey.Rsa2048, "free.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        SignatureScheme[] schemes = [SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPssRsaeSha512];

        foreach (var (site, allowed) in new[] { (listed, 1), (free, 3) })
        {
            var answers = new List<KeylessError>();
            foreach (var scheme in schemes)
                answers.Add((await edge.AskAsync(Requests.CertificateVerify(site, (ushort)scheme, new byte[32]))).Error);
            Assert.Equal([.. Enumerable.Repeat(KeylessError.None, allowed), .. Enumerable.Repeat(KeylessError.KeyNotFound, 3 - allowed)], answers);
        }
        // The list holds for raw signatures too; one for which TLS has no name is on no list.
        Assert.Equal(Opcode.Response, (await edge.AskAsync(Requests.Raw(Opcode.RsaPssSignSha256, listed, new byte[32]))).Opcode);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Requests.Raw(Opcode.RsaSignSha256, listed, new byte[32]))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Requests.Raw(Opcode.RsaSignMd5Sha1, listed, new byte[36]))).Error);
    }

    [Theory]
    [InlineData(Opcode.RsaSignMd5Sha1, 36)]
    [InlineData(Opcode.RsaSignSha1, 20)]
    public async Task Sha1_is_signed_only_with_raw_operations(Opcode operation, int length)
    {
        await using var server = new AttackedKeyServer();
        var strict = server.AddKey(TestKey.Rsa2048, "site.test");
        var raw = server.AddKey(TestKey.Rsa2048, "raw.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Requests.Raw(operation, strict, new byte[length]))).Error);
        Assert.Equal(Opcode.Response, (await edge.AskAsync(Requests.Raw(operation, raw, new byte[length]))).Opcode);
    }
}
