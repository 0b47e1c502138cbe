using System.Security.Cryptography;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls13;

/// <summary>The server's flight as the holder of the secrets made it, from ServerHello to Finished. Owns plan, transcript and secrets.</summary>
internal sealed class ServerFlight : IDisposable
{
    private ServerFlight(FlightPlan plan, Transcript transcript, HandshakeMessage serverHello, HandshakeMessage[] parameters, Tls13Answer answer)
    {
        Plan = plan;
        Transcript = transcript;
        ServerHello = serverHello;
        Parameters = parameters;
        Answer = answer;
    }

    /// <summary>What was asked for.</summary>
    public FlightPlan Plan { get; }

    /// <summary>Through ClientHello; grows as messages are sent and received.</summary>
    public Transcript Transcript { get; }

    /// <summary>Complete with the server's public value.</summary>
    public HandshakeMessage ServerHello { get; }

    /// <summary>EncryptedExtensions and, without a pre-shared key, CertificateRequest where the site asks for a certificate, and Certificate.</summary>
    public HandshakeMessage[] Parameters { get; }

    /// <summary>Secrets, signature, verify_data.</summary>
    public Tls13Answer Answer { get; }

    /// <summary>Everything that needs a secret, from the holder in one step.</summary>
    /// <param name="start">The handshake.</param>
    /// <param name="choice">Group and application protocol.</param>
    /// <param name="hello">The hello that counts.</param>
    /// <param name="plan">Owned from here on.</param>
    /// <returns>null: the holder declines the pre-shared key.</returns>
    public static async ValueTask<ServerFlight?> AskAsync(HandshakeStart start, Tls13Choice choice, SettledHello hello, FlightPlan plan, CancellationToken cancellationToken)
    {
        var transcript = hello.BeginTranscript(start.Options.Crypto, plan.Suite.Digest());
        Tls13Answer? answer = null;
        try
        {
            var prefix = ServerHello13.EncodePrefix(RandomNumberGenerator.GetBytes(32), hello.ClientHello.SessionId.Span, plan.Suite, choice.Group, plan.Identity);
            var parameters = EncodeParameters(start, choice, plan);
            answer = await plan.Holder.AnswerAsync(
                new Tls13Question
                {
                    Group = choice.Group,
                    ClientShare = hello.ClientShare,
                    Transcript = transcript,
                    ServerHelloPrefix = prefix,
                    Parameters = parameters,
                    Scheme = plan.Scheme,
                    AcceptsEarlyData = plan.AcceptsEarlyData,
                    AsksForClientCertificate = plan.Identity is null && start.Site.ClientCertificates is not null,
                    Session = NewSessionTickets.OfferToHolder(start, choice, plan),
                },
                cancellationToken);
            if (answer is not null)
                return new ServerFlight(plan, transcript, ServerHello13.Complete(prefix, answer.ServerShare.Span), parameters, answer);
        }
        finally
        {
            if (answer is null)
            {
                transcript.Dispose();
                plan.Dispose();
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Answer.Dispose();
        Transcript.Dispose();
        Plan.Dispose();
    }

    private static HandshakeMessage[] EncodeParameters(HandshakeStart start, Tls13Choice choice, FlightPlan plan)
    {
        // RFC 6066 §3: "When resuming a session, the server MUST NOT include a server_name extension".
        var acknowledgeServerName = start.Hello.ServerName is not null && !plan.Resumes;
        var encryptedExtensions = EncryptedExtensions.Encode(choice.ApplicationProtocol, acknowledgeServerName, start.Hello.RecordSizeLimit is not null, plan.AcceptsEarlyData);
        // RFC 8446 §4.3.2: "Servers which are authenticating with a PSK MUST NOT send the CertificateRequest message in the main handshake".
        if (plan.Identity is not null)
            return [encryptedExtensions];
        return
        [
            encryptedExtensions,
            .. start.Site.ClientCertificates is { } asked ? new[] { CertificateRequest.Encode13(asked) } : [],
            CertificateMessage.Encode13(plan.Certificate!.Chain, plan.Delegated is { Credential.Encoded: var credential } ? credential.Span : default),
        ];
    }
}
