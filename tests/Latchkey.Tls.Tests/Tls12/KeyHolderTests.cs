using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tests.Messages;
using Latchkey.Tls.Tls12;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>A key that is late, refuses, or answers wrongly.</summary>
public sealed class KeyHolderTests
{
    [Fact]
    [Trait("Catalogue", "K2")]
    public async Task A_late_signature_delays_the_flight_and_nothing_else()
    {
        var late = new TaskCompletionSource();
        using var client = Client(new Key { Before = late.Task });
        var server = client.StartAsync();
        Assert.Equal(["ServerHello", "Certificate"], client.Channel.Calls);
        Assert.False(server.IsCompleted);
        late.SetResult();
        await WaitForAsync(() => client.Channel.Calls.Contains("flush"));
        client.SayEcdhe(extendedMasterSecret: false);
        client.SayFinished(client.VerifyDataOfClient());
        await server;
    }

    [Fact]
    [Trait("Catalogue", "K2")]
    public async Task A_faulty_signature_never_leaves()
    {
        using var client = Client(new Key { IsFaulty = true });
        var failure = await Assert.ThrowsAsync<KeyHolderFailedException>(client.StartAsync);
        Assert.Equal(AlertDescription.InternalError, failure.Alert);
        Assert.DoesNotContain("ServerKeyExchange", client.Channel.Calls);
        Assert.DoesNotContain("flush", client.Channel.Calls);
    }

    [Fact]
    public async Task A_signature_by_another_key_never_leaves()
    {
        var other = Testing.TestAuthority.Create().IssueServer(Testing.TestKey.Rsa2048, "example.test");
        using var client = Client(new LocalHandshakeKey(CryptoProvider.Default.ImportPrivateKey(other.PrivateKey)));
        await Assert.ThrowsAsync<KeyHolderFailedException>(client.StartAsync);
    }

    [Fact]
    public async Task A_local_key_of_another_kind_is_the_holders_failure()
    {
        using var client = Client(new LocalHandshakeKey(CryptoProvider.Default.ImportPrivateKey(Tls12Site.Ecdsa.PrivateKey)));
        await Assert.ThrowsAsync<KeyHolderFailedException>(client.StartAsync);
    }

    [Fact]
    public async Task A_refusal_is_an_internal_error()
    {
        using var client = Client(new Key { Failure = new KeyHolderFailedException("refused") });
        Assert.Equal(AlertDescription.InternalError, (await Assert.ThrowsAsync<KeyHolderFailedException>(client.StartAsync)).Alert);
    }

    [Fact]
    [Trait("Catalogue", "K4")]
    public async Task A_master_secret_of_another_size_is_the_holders_failure()
    {
        using var client = Client(new Key { MasterSecretSize = 47 }, new HelloBuilder { Suites = [0x009C], Extensions = HelloBuilder.Tls12().Extensions });
        var server = client.StartAsync();
        RsaPremaster.Say(client, RsaPremaster.Good());
        await Assert.ThrowsAsync<KeyHolderFailedException>(() => server);
    }

    [Fact]
    [Trait("Catalogue", "K4")]
    public async Task The_holder_gets_all_that_a_master_secret_is_derived_from()
    {
        var key = new Key();
        using var client = Client(key, new HelloBuilder { Suites = [0x009D], Extensions = HelloBuilder.Tls12((ExtensionType.ExtendedMasterSecret, [])).Extensions });
        var server = client.StartAsync();
        RsaPremaster.Say(client, RsaPremaster.Good());
        client.SayFinished(client.VerifyDataOfClient());
        await server;
        var asked = Assert.Single(key.Derivations);
        Assert.Equal(client.ClientRandom, asked.ClientRandom.ToArray());
        Assert.Equal(client.ServerRandom.ToArray(), asked.ServerRandom.Value.ToArray());
        Assert.Equal(FreshServerRandom.Derive(asked.ServerRandom.Nonce.Span, DowngradeSentinel.Tls12).Value.ToArray(), asked.ServerRandom.Value.ToArray());
        Assert.Equal(48, asked.SessionHash!.Value.Length);
        Assert.Equal(0x0303, asked.ClientVersion);
        Assert.Equal(256, asked.EncryptedPremaster.Length);
    }

    [Fact]
    public void A_session_hash_of_another_size_is_refused()
    {
        using var premaster = new SecretBytes(48);
        Assert.Throws<ArgumentOutOfRangeException>(() => MasterSecret.Derive(CryptoProvider.Default, DigestAlgorithm.Sha256, premaster, new byte[32], new byte[32], ReadOnlyMemory<byte>.Empty));
        Assert.Throws<ArgumentOutOfRangeException>(() => ServerKeyExchangeContent.Build(new byte[31], new byte[33], []));
    }

    private static ScriptedClient Client(IHandshakeKey key, HelloBuilder? hello = null)
    {
        var certificate = TlsCertificate.FromPem(Tls12Site.Rsa.ChainPem, CryptoProvider.Default, new SignatureCustody("test", key));
        return new ScriptedClient(Tls12Site.Site([certificate], TlsProfile.Compatible), hello ?? HelloBuilder.Tls12());
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (var i = 0; i < 2000 && !condition(); i++)
            await Task.Delay(10);
        Assert.True(condition());
    }

    private sealed class Key : IHandshakeKey
    {
        private readonly LocalHandshakeKey _local = new(CryptoProvider.Default.ImportPrivateKey(Tls12Site.Rsa.PrivateKey));

        public Task Before { get; init; } = Task.CompletedTask;

        public bool IsFaulty { get; init; }

        public Exception? Failure { get; init; }

        public int MasterSecretSize { get; init; } = MasterSecret.Size;

        public List<RsaMasterSecretDerivation> Derivations { get; } = [];

        public async ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken)
        {
            await Before.WaitAsync(cancellationToken);
            if (Failure is not null)
                throw Failure;
            var signature = (await _local.SignServerKeyExchangeAsync(request, cancellationToken)).ToArray();
            signature[^1] ^= (byte)(IsFaulty ? 1 : 0);
            return signature;
        }

        public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
            _local.SignCertificateVerifyAsync(request, cancellationToken);

        public async ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
        {
            Derivations.Add(request);
            using var master = await _local.DeriveMasterSecretAsync(request, cancellationToken);
            return SecretBytes.CopyOf(master.Span[..MasterSecretSize]);
        }
    }
}
