# Stripe's half of Portico: the webhook endpoint, the portal's configuration and the prices. README.md says how to use it.

terraform {
  required_version = ">= 1.5"
  required_providers {
    stripe = {
      source  = "stripe/stripe"
      version = "~> 0.3"
    }
  }
}

# The key comes from the environment variable STRIPE_API_KEY. It is yours, and not the one that Portico has.
provider "stripe" {}

variable "portico_url" {
  description = "Portico's address, with its base_path if it has one, e.g. https://billing.example.com"
  type        = string
}

variable "frontend_url" {
  description = "The origin of the frontend, e.g. https://app.example.com"
  type        = string
}

locals {
  # Exactly the events that concern Portico: it ignores all others.
  events = [
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "customer.created",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.updated",
    "customer.updated",
  ]
}

resource "stripe_webhook_endpoint" "portico" {
  url            = "${var.portico_url}/api/v1/billing/webhook"
  description    = "Portico keeps the users' records current by it."
  enabled_events = local.events
  api_version    = "2026-10-28.endive"
}

resource "stripe_product" "pro" {
  name = "Pro"
}

resource "stripe_price" "pro_monthly" {
  product     = stripe_product.pro.id
  currency    = "usd"
  unit_amount = 1200
  lookup_key  = "pro_monthly"

  recurring {
    interval = "month"
  }
}

resource "stripe_price" "pro_yearly" {
  product     = stripe_product.pro.id
  currency    = "usd"
  unit_amount = 12000
  lookup_key  = "pro_yearly"

  recurring {
    interval = "year"
  }
}

# The flows that the client opens: without them, the portal refuses them.
resource "stripe_billing_portal_configuration" "portico" {
  name               = "Portico"
  default_return_url = "${var.frontend_url}/account"

  features = {
    customer_update = {
      enabled         = true
      allowed_updates = ["address", "email", "name", "tax_id"]
    }
    invoice_history = {
      enabled = true
    }
    payment_method_update = {
      enabled = true
    }
    subscription_cancel = {
      enabled = true
      mode    = "at_period_end"
    }
    subscription_update = {
      enabled                 = true
      default_allowed_updates = ["price"]
      proration_behavior      = "create_prorations"
      products = [
        {
          product = stripe_product.pro.id
          prices  = [stripe_price.pro_monthly.id, stripe_price.pro_yearly.id]
        },
      ]
    }
  }
}

# Portico's variables, by their names.

output "stripe_portal_configuration" {
  value = stripe_billing_portal_configuration.portico.id
}

output "stripe_webhook_secrets" {
  value     = stripe_webhook_endpoint.portico.secret
  sensitive = true
}

output "checkout_prices" {
  value = "pro_monthly=${stripe_price.pro_monthly.id},pro_yearly=${stripe_price.pro_yearly.id}"
}

output "plans" {
  value = "paid=${stripe_product.pro.id}"
}
