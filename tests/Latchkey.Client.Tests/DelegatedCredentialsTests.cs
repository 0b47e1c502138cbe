using System.Security.Cryptography;
using Latchkey.Client.DelegatedCredentials;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Client.Tests;

/// <summary>Delegated credentials that a key server issues: served in their time, asked for again, and none that is not what it should be.</summary>
[Trait("Catalogue", "X6")]
public sealed class DelegatedCredentialsTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static readonly TestAuthority Authority = TestAuthority.Create();
    private static readonly TestCertificate Issued = Authority.IssueDelegating(TestKey.EcdsaP256, "www.example.test");

    [Fact]
    public async Task What_the_key_server_issues_is_served_and_asked_for_again_before_its_end()
    {
        await using var server = Start((question, _) => Issue(question));
        await using var client = Connect(server);
        await using var credentials = Ask(client, TimeSpan.FromSeconds(4));
        ServedCredential? first = null, next = null;
        await Eventually.Is(() => (first = credentials.Current) is not null);
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, first!.Credential.Scheme);
        Assert.True(credentials.Status is { Failure: null, NotAfter: not null, Issued: > 0 });
        await Eventually.Is(() => (next = credentials.Current) is not null && next != first);
        Assert.False(first.Credential.SubjectPublicKeyInfo.Span.SequenceEqual(next!.Credential.SubjectPublicKeyInfo.Span)); // a key for each
    }

    [Theory]
    [InlineData("no credential")]
    [InlineData("tampered")]
    [InlineData("for another key")]
    [InlineData("by another algorithm")]
    [InlineData("over")]
    [InlineData("over-long")]
    [Trait("Attack", "16")]
    public async Task What_is_not_as_it_should_be_is_not_served_and_asked_for_again(string fault)
    {
        await using var server = Start((question, asked) => asked > 1 ? Issue(question) : Wrong(question, fault));
        await using var client = Connect(server);
        await using var credentials = Ask(client, TimeSpan.FromHours(1));
        await Eventually.Is(() => credentials.Status.Failure is not null || credentials.Current is not null);
        Assert.Null(credentials.Current);
        await Eventually.Is(() => credentials.Current is not null);
        Assert.Equal(1, credentials.Status.Issued);
    }

    [Fact]
    public async Task A_refusal_is_asked_again_and_so_is_a_key_server_that_does_not_know_the_operation()
    {
        var asked = 0;
        await using var server = FakeKeyServer.Start(world);
        server.Features = PeerFeatures.DelegatedCredentials;
        server.Answer = (connection, message) => ++asked < 3
            ? connection.RefuseAsync(message.Id, KeylessError.KeyNotFound)
            : connection.RespondAsync(message.Id, Answer(message, (question, _) => Issue(question), asked));
        await using var client = Connect(server);
        await using var credentials = Ask(client, TimeSpan.FromHours(1));
        await Eventually.Is(() => credentials.Current is not null);
        Assert.Equal(3, asked);

        await using var old = FakeKeyServer.Start(world);
        await using var toOld = Connect(old);
        await using var none = Ask(toOld, TimeSpan.FromHours(1));
        await Eventually.Is(() => none.Status.Failure is not null);
        Assert.Contains("does not know the operation", none.Status.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KeylessError.InvalidPublicValue)]
    [InlineData(KeylessError.SessionUnknown)]
    [InlineData(KeylessError.BinderWrong)]
    [Trait("Attack", "16")]
    public async Task An_answer_to_another_kind_of_question_does_not_end_the_asking(KeylessError error)
    {
        var asked = 0;
        await using var server = FakeKeyServer.Start(world);
        server.Features = PeerFeatures.DelegatedCredentials;
        server.Answer = (connection, message) => ++asked == 1
            ? connection.RefuseAsync(message.Id, error)
            : connection.RespondAsync(message.Id, Answer(message, (question, _) => Issue(question), asked));
        await using var client = Connect(server);
        await using var credentials = Ask(client, TimeSpan.FromHours(1));

        await Eventually.Is(() => credentials.Status.Failure is not null);
        await Eventually.Is(() => credentials.Current is not null);
    }

    [Fact]
    public async Task A_request_key_that_fails_once_does_not_end_the_asking()
    {
        await using var server = Start((question, _) => Issue(question));
        server.Features |= PeerFeatures.SignedRequests;
        using var key = new FaultyKey();
        await using var client = world.Client(key, server.Port);
        client.Start();
        await using var credentials = Ask(client, TimeSpan.FromHours(1));

        await Eventually.Is(() => credentials.Current is not null);
        Assert.True(key.Used > 1);
    }

    [Fact]
    public async Task One_that_has_no_successor_is_served_until_some_time_before_its_end_and_no_longer()
    {
        await using var server = Start((question, asked) => asked > 1 ? [] : Issue(question));
        await using var client = Connect(server);
        await using var credentials = Ask(client, TimeSpan.FromSeconds(3));
        await Eventually.Is(() => credentials.Current is not null);
        var until = credentials.Status.NotAfter!.Value - credentials.Terms.Margin;
        await Eventually.Is(() =>
        {
            var before = DateTimeOffset.UtcNow;
            if (credentials.Current is null)
                return true;
            Assert.True(before < until, $"served at {before:O}, though only until {until:O}");
            return false;
        });
    }

    [Fact]
    public void Neither_a_wall_clock_that_is_wrong_nor_one_that_is_set_makes_it_last_longer()
    {
        var time = new WallAndTimer();
        using var held = Held(time, TimeSpan.FromHours(2));
        Assert.True(held.IsGood(time));
        time.Elapsed = TimeSpan.FromMinutes(114);
        Assert.True(held.IsGood(time)); // the wall clock stands still
        time.Elapsed = TimeSpan.FromMinutes(115);
        Assert.False(held.IsGood(time));
        time.Elapsed = TimeSpan.FromMinutes(1);
        time.Now += TimeSpan.FromMinutes(115);
        Assert.False(held.IsGood(time));
        time.Now -= TimeSpan.FromDays(8); // set back: a client would see more than seven days
        Assert.False(held.IsGood(time));
    }

    [Fact]
    public async Task Nor_keeps_the_next_one_from_being_asked_for()
    {
        var clock = new ShiftedClock(TimeSpan.Zero);
        await using var server = Start((question, _) => Issue(question));
        await using var client = world.Client(clock, NullLoggerFactory.Instance, "home", server.Port);
        client.Start();
        await using var credentials = Ask(client, TimeSpan.FromSeconds(4));
        await Eventually.Is(() => credentials.Current is not null);

        clock.By = TimeSpan.FromDays(-1);

        var issued = credentials.Status.Issued;
        await Eventually.Is(() => credentials.Status.Issued >= issued + 2 && credentials.Current is not null);
    }

    [Fact]
    public void A_certificate_that_may_not_delegate_is_told_and_refused()
    {
        var plain = RemoteKey.Of(TestKey.EcdsaP256).Certificate;
        using var client = new DisposedLater(world.Client(1));
        Assert.Contains("DelegationUsage", KeyServerDelegatedCredentials.Obstacle(plain), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new KeyServerDelegatedCredentials(client.Client, plain, new DelegatedCredentialTerms(), NullLoggerFactory.Instance));
        Assert.Contains("RSA", KeyServerDelegatedCredentials.Obstacle(TlsCertificate.FromPem(Authority.IssueDelegating(TestKey.Rsa2048, "www.example.test").ChainPem, CryptoProvider.Default, plain.Custody)), StringComparison.Ordinal);
        Assert.Null(KeyServerDelegatedCredentials.Obstacle(Certificate()));
    }

    private static HeldCredential Held(WallAndTimer time, TimeSpan lifetime)
    {
        var pair = CredentialPair.Create(SignatureScheme.EcdsaSecp256r1Sha256);
        var encoded = DelegatedCredential.Encode(DelegatedCredential.EncodeCredential(1, SignatureScheme.EcdsaSecp256r1Sha256, pair.Public.SubjectPublicKeyInfo.Span), SignatureScheme.Ed25519, [1]);
        var margin = new DelegatedCredentialTerms { Lifetime = lifetime }.Margin;
        return new HeldCredential(new ServedCredential(DelegatedCredential.TryParse(encoded)!, pair.Public, pair.Private), pair, time.Now + lifetime, time.Now + lifetime - margin, lifetime - margin, time.GetTimestamp());
    }

    private static byte[] Wrong(in Question question, string fault)
    {
        switch (fault)
        {
            case "no credential":
                return [1, 2, 3];
            case "tampered":
                var tampered = Issue(question);
                tampered[^1] ^= 1;
                return tampered;
            case "for another key":
                using (var other = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                    return Issue(question with { PublicKey = other.ExportSubjectPublicKeyInfo() });
            case "by another algorithm":
                return Issue(question with { Algorithm = SignatureScheme.EcdsaSecp384r1Sha384 });
            case "over":
                return Issue(question with { Seconds = -60 });
            default:
                return Issue(question with { Seconds = 8 * 24 * 3600 });
        }
    }

    private static byte[] Issue(in Question question)
    {
        using var key = CryptoProvider.Default.ImportPrivateKey(Issued.PrivateKey);
        var validTime = (DateTimeOffset.UtcNow.AddSeconds(question.Seconds) - DelegationCertificate.TryRead(Issued.Certificate)!.NotBefore).TotalSeconds;
        var credential = DelegatedCredential.EncodeCredential((uint)validTime, question.Scheme, question.PublicKey);
        return DelegatedCredential.Encode(credential, question.Algorithm, key.Sign(question.Algorithm, DelegatedCredentialContent.Build(Issued.Certificate, credential, question.Algorithm)));
    }

    private static KeyServerDelegatedCredentials Ask(KeyServerClient client, TimeSpan lifetime) =>
        new(client, Certificate(), new DelegatedCredentialTerms { Lifetime = lifetime }, NullLoggerFactory.Instance);

    private static TlsCertificate Certificate() => TlsCertificate.FromPem(Issued.ChainPem, CryptoProvider.Default, new SignatureCustody("none", null!));

    private static ReadOnlyMemory<byte> Answer(KeylessMessage message, Func<Question, int, byte[]> answer, int asked)
    {
        Assert.Equal(Opcode.IssueDelegatedCredential, message.Items.Opcode);
        Assert.True(IssueDelegatedCredentialRequest.TryRead(message.Payload.Span, out var request));
        Assert.Equal(Issued.Certificate, request.Certificate.ToArray());
        return answer(new Question(request.Seconds, (SignatureScheme)request.Algorithm, (SignatureScheme)request.Scheme, request.PublicKey.ToArray()), asked);
    }

    private FakeKeyServer Start(Func<Question, int, byte[]> answer)
    {
        var asked = 0;
        var server = FakeKeyServer.Start(world);
        server.Features = PeerFeatures.DelegatedCredentials;
        server.Answer = (connection, message) => connection.RespondAsync(message.Id, Answer(message, answer, ++asked));
        return server;
    }

    private KeyServerClient Connect(FakeKeyServer server)
    {
        var client = world.Client(server.Port);
        client.Start();
        return client;
    }

    private sealed record Question(double Seconds, SignatureScheme Algorithm, SignatureScheme Scheme, byte[] PublicKey);

    private sealed class WallAndTimer : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(60);

        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed record DisposedLater(KeyServerClient Client) : IDisposable
    {
        public void Dispose() => Client.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
